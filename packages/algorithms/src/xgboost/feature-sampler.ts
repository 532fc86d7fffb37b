/** Which features a node may split on: by tree, level and node, and by what interaction constraints leave. */
import type { Random } from '../random.ts';
import type { TreeSettings } from './tree-settings.ts';

export class FeatureSampler {
  readonly #settings: TreeSettings;
  readonly #features: number;
  readonly #random: Random;
  readonly #tree: readonly number[];
  readonly #levels = new Map<number, readonly number[]>();
  /** Nothing is left out: nodes need no mask. */
  readonly all: boolean;

  /** For one tree; `random` gives the same numbers on all hosts. */
  constructor(settings: TreeSettings, features: number, random: Random) {
    this.#settings = settings;
    this.#features = features;
    this.#random = random;
    const { colsampleByTree, colsampleByLevel, colsampleByNode, interactions } = settings;
    this.all = colsampleByTree === 1 && colsampleByLevel === 1 && colsampleByNode === 1 && interactions.length === 0;
    this.#tree = this.all
      ? []
      : this.#draw(
          Array.from({ length: features }, (_, feature) => feature),
          colsampleByTree,
        );
  }

  /** Writes 1 for the features that a node at `depth` may use, whose path has split on `path`. */
  mask(depth: number, path: readonly number[], into: Uint8Array): void {
    let level = this.#levels.get(depth);
    if (level === undefined) {
      level = this.#draw(this.#tree, this.#settings.colsampleByLevel);
      this.#levels.set(depth, level);
    }
    const allowed = this.#allowed(path);
    const candidates = this.#draw(level, this.#settings.colsampleByNode);
    into.fill(0, 0, this.#features);
    for (const feature of candidates) if (allowed === undefined || allowed.has(feature)) into[feature] = 1;
  }

  #draw(from: readonly number[], share: number): readonly number[] {
    if (share === 1) return from;
    const count = Math.max(1, Math.floor(share * from.length));
    return this.#random
      .sample(count, from.length)
      .map((place) => from[place] ?? 0)
      .toSorted((a, b) => a - b);
  }

  /** The features of the path, and those of the constraints that hold the whole path. */
  #allowed(path: readonly number[]): ReadonlySet<number> | undefined {
    const { interactions } = this.#settings;
    if (interactions.length === 0 || path.length === 0) return undefined;
    return new Set([...path, ...interactions.filter((set) => path.every((feature) => set.includes(feature))).flat()]);
  }
}

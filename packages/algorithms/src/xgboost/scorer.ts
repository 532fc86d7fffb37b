/** Margins of rows: what the trees, or the weights of a linear model, add up to. */
import type { Instance } from '../formats/instances.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import { groupsOf, roundsOf, type Booster, type LinearEnsemble, type TreeEnsemble } from './booster.ts';
import { compileTrees, type CompiledTrees } from './compiled-trees.ts';
import { baseMargins } from './link.ts';

/** Returns rows × groups margins. A value that a sparse row leaves out, and NaN, are missing. */
export type Scorer = (rows: readonly Instance[]) => Float32Array;

/** `rounds`: how many rounds of the model count. Default all. */
export function openScorer(booster: Booster, rounds = roundsOf(booster.ensemble), kernels = openKernels()): Scorer {
  const { ensemble } = booster;
  const bases = baseMargins(booster);
  if (ensemble.kind === 'gblinear') return (rows) => linearMargins(booster, ensemble, bases, rows);
  const scorer = new TreeScorer(kernels, ensemble, bases, Math.min(rounds, roundsOf(ensemble)));
  return (rows) => scorer.margins(rows);
}

/** Rows in one block of the parallel-for. */
const blockRows = 64;
/** Less work than this, in rows × trees, is done before another thread is awake. */
const sharedWork = 4096;
/** Numbers in kernel memory for the rows of one call. */
const bufferNumbers = 4_194_304;

class TreeScorer {
  readonly #kernels: Kernels;
  readonly #compiled: CompiledTrees;
  readonly #bases: Float32Array;
  readonly #placeOf: Map<number, number>;
  readonly #capacity: number;
  #rows: { readonly pointer: number; readonly values: Float32Array };
  #scores: { readonly pointer: number; readonly values: Float32Array };

  constructor(kernels: Kernels, ensemble: TreeEnsemble, bases: Float32Array, rounds: number) {
    this.#kernels = kernels;
    this.#compiled = compileTrees(kernels, ensemble, ensemble.iterationStarts[rounds] ?? 0);
    this.#bases = bases;
    const { features } = this.#compiled;
    this.#placeOf = new Map(Array.from(features, (feature, place) => [feature, place]));
    this.#capacity = Math.max(blockRows, Math.floor(bufferNumbers / Math.max(1, features.length)));
    this.#rows = kernels.heap.float32(Math.max(1, features.length));
    this.#scores = kernels.heap.float32(bases.length);
  }

  margins(rows: readonly Instance[]): Float32Array {
    const groups = this.#bases.length;
    if (rows.length === 1) {
      this.#place(rows[0], 0);
      this.#scores.values.set(this.#bases);
      const { trees, count } = this.#compiled;
      this.#kernels.pool.call('trees', 'score_row', [trees, count, this.#rows.pointer, this.#scores.pointer]);
      return this.#scores.values.slice(0, groups);
    }
    const margins = new Float32Array(rows.length * groups);
    for (let first = 0; first < rows.length; first += this.#capacity) {
      const end = Math.min(rows.length, first + this.#capacity);
      margins.set(this.#chunk(rows, first, end), first * groups);
    }
    return margins;
  }

  #chunk(rows: readonly Instance[], first: number, end: number): Float32Array {
    const { pool } = this.#kernels;
    const { trees, count, features } = this.#compiled;
    const items = end - first;
    const groups = this.#bases.length;
    this.#reserve(items);
    for (let row = first; row < end; row++) this.#place(rows[row], row - first);
    const scores = this.#scores.values;
    for (let at = 0; at < items * groups; at++) scores[at] = this.#bases[at % groups] ?? 0;
    const args = [trees, count, this.#rows.pointer, features.length * 4, this.#scores.pointer, groups];
    if (items * count < sharedWork) pool.call('trees', 'score_rows', [...args, 0, items, 0]);
    else pool.parallel('trees', 'score_rows', { items, grain: blockRows }, args);
    return scores.subarray(0, items * groups);
  }

  #place(row: Instance | undefined, index: number): void {
    if (row === undefined) return;
    const { features } = this.#compiled;
    const start = index * features.length;
    const target = this.#rows.values;
    if (row.keys === undefined) {
      for (let place = 0; place < features.length; place++)
        target[start + place] = row.values[features[place] ?? 0] ?? Number.NaN;
      return;
    }
    target.fill(Number.NaN, start, start + features.length);
    for (let at = 0; at < row.keys.length; at++) {
      const place = this.#placeOf.get(row.keys[at] ?? 0);
      if (place !== undefined) target[start + place] = row.values[at] ?? Number.NaN;
    }
  }

  #reserve(rows: number): void {
    const { heap } = this.#kernels;
    const width = Math.max(1, this.#compiled.features.length);
    if (this.#rows.values.length < rows * width) {
      heap.free(this.#rows.pointer);
      this.#rows = heap.float32(rows * width);
    }
    if (this.#scores.values.length < rows * this.#bases.length) {
      heap.free(this.#scores.pointer);
      this.#scores = heap.float32(rows * this.#bases.length);
    }
  }
}

/** A missing value adds nothing. All outputs start from the first base score, as in XGBoost. */
function linearMargins(
  booster: Booster,
  { weights }: LinearEnsemble,
  bases: Float32Array,
  rows: readonly Instance[],
): Float32Array {
  const groups = groupsOf(booster);
  const margins = new Float32Array(rows.length * groups);
  for (const [row, { values, keys }] of rows.entries()) {
    for (let group = 0; group < groups; group++) {
      let margin = (bases[0] ?? 0) + (weights[booster.numFeature * groups + group] ?? 0);
      for (let at = 0; at < values.length; at++) {
        const value = values[at] ?? Number.NaN;
        if (!Number.isNaN(value)) margin += value * (weights[(keys?.[at] ?? at) * groups + group] ?? 0);
      }
      margins[row * groups + group] = margin;
    }
  }
  return margins;
}

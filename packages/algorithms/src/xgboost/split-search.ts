/** Finds the best split of nodes from their histograms, over all features in parallel. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import type { GrowingNode, SplitCandidate } from './growing-node.ts';
import { leafGain } from './split-gain.ts';
import type { TreeSettings } from './tree-settings.ts';

/** A node whose histogram was added up, and its sibling, which has the rest of the parent's; or a root alone. */
export interface SiblingPair {
  readonly first: GrowingNode;
  readonly second: GrowingNode | undefined;
  /** Histograms of the first node in the other ranges of rows. */
  readonly part: number;
}

const pairWords = 28;
const nodeWords = 12;
const resultBytes = 40;
/** How the features are split, as the kernel is told. */
const kinds = { numbers: 0, oneCategory: 1, categories: 2 };

export class SplitSearch {
  readonly #kernels: Kernels;
  readonly #binned: BinnedMatrix;
  readonly #settings: TreeSettings;
  readonly #parameters: HeapArray<Float64Array>;
  readonly #monotone: number;
  /** A kind per feature in kernel memory; undefined where none has categories. */
  readonly #kinds: HeapArray<Int32Array> | undefined;
  /** Bytes for a bit per category of any feature and missing values, and for those of a pair beside space to sort them. */
  readonly #bitBytes: number = 0;
  readonly #spaceBytes: number = 0;
  #pairs: HeapArray<Float64Array> | undefined;
  #masks: HeapArray<Uint8Array> | undefined;
  #results: HeapArray<Float64Array> | undefined;
  #space: HeapArray<Float64Array> | undefined;

  constructor(kernels: Kernels, binned: BinnedMatrix, settings: TreeSettings) {
    this.#kernels = kernels;
    this.#binned = binned;
    this.#settings = settings;
    this.#parameters = kernels.heap.float64(10);
    this.#monotone = 0;
    if (settings.monotone.some((direction) => direction !== 0)) {
      const monotone = kernels.heap.int32(binned.features);
      monotone.values.set(settings.monotone.slice(0, binned.features));
      this.#monotone = monotone.pointer;
    }
    if (settings.categorical.length === 0) return;
    this.#kinds = kernels.heap.int32(binned.features);
    let most = 0;
    for (const feature of settings.categorical) {
      const count = binned.counts.values[feature] ?? 0;
      this.#kinds.values[feature] = count < settings.maxCatToOnehot ? kinds.oneCategory : kinds.categories;
      most = Math.max(most, count);
    }
    this.#bitBytes = 8 * Math.ceil((most + 1) / 64);
    this.#spaceBytes = 2 * this.#bitBytes + 8 * most;
  }

  /** `unitG`, `unitH`: what 1 in a histogram stands for. `mask` writes the features that a node may use; without it all are. `parts`: histograms, `partBytes` apart, that each pair's first node has elsewhere. */
  search(
    pairs: readonly SiblingPair[],
    units: { readonly g: number; readonly h: number },
    parts: { readonly count: number; readonly bytes: number },
    mask: ((node: GrowingNode, into: Uint8Array) => void) | undefined,
  ): void {
    const { pool } = this.#kernels;
    const { features } = this.#binned;
    const wanted = Math.max(1, Math.ceil((4 * pool.threads) / pairs.length));
    const chunk = Math.max(1, Math.ceil(features / wanted));
    const chunks = Math.max(1, Math.ceil(features / chunk));
    this.#reserve(pairs.length, chunks);
    this.#write(pairs, units, mask);
    const results = this.#results;
    if (results === undefined) return;
    const { offsets, counts } = this.#binned;
    // Blocks are counted too, so that many small items share one.
    const items = pairs.length * chunks;
    pool.parallel(
      'boosting',
      'evaluate_pairs',
      { items, grain: Math.max(1, Math.floor(items / (16 * pool.threads))) },
      [
        this.#pairs?.pointer ?? 0,
        chunks,
        chunk,
        features,
        offsets.pointer,
        counts.pointer,
        this.#monotone,
        parts.bytes,
        parts.count,
        this.#parameters.pointer,
        results.pointer,
        this.#space?.pointer ?? 0,
        this.#bitBytes,
        this.#spaceBytes,
      ],
    );
    for (const [index, { first, second }] of pairs.entries()) {
      first.best = this.#best(results.pointer, index * chunks, chunks, 0);
      if (second !== undefined) second.best = this.#best(results.pointer, index * chunks, chunks, 1);
    }
  }

  release(): void {
    const { heap } = this.#kernels;
    heap.free(this.#parameters.pointer);
    if (this.#monotone !== 0) heap.free(this.#monotone);
    for (const array of [this.#pairs, this.#masks, this.#results, this.#kinds, this.#space])
      if (array !== undefined) heap.free(array.pointer);
  }

  /** Of equal gains the one of the lower feature counts. */
  #best(results: number, firstItem: number, chunks: number, side: 0 | 1): SplitCandidate | undefined {
    const { heap } = this.#kernels;
    let best: SplitCandidate | undefined;
    for (let item = firstItem; item < firstItem + chunks; item++) {
      const pointer = results + (item * 2 + side) * resultBytes;
      const numbers = heap.viewFloat64(pointer, 5);
      const words = heap.viewInt32(pointer, 10);
      const gain = numbers[0] ?? 0;
      if ((words[2] ?? -1) < 0 || gain <= (best?.gain ?? 0)) continue;
      best = {
        gain,
        feature: words[2] ?? 0,
        bin: words[3] ?? 0,
        missingLeft: words[4] === 1,
        bits: this.#bits(words[2] ?? 0, item, side),
        g: numbers[3] ?? 0,
        h: numbers[4] ?? 0,
      };
    }
    return best;
  }

  #bits(feature: number, item: number, side: 0 | 1): Int32Array | undefined {
    if ((this.#kinds?.values[feature] ?? kinds.numbers) === kinds.numbers) return undefined;
    const words = Math.floor((this.#binned.counts.values[feature] ?? 0) / 32) + 1;
    const pointer = (this.#space?.pointer ?? 0) + item * this.#spaceBytes + side * this.#bitBytes;
    return this.#kernels.heap.viewInt32(pointer, words).slice();
  }

  #reserve(pairs: number, chunks: number): void {
    const { heap } = this.#kernels;
    const bytes = {
      pairs: pairs * pairWords * 4,
      masks: pairs * 2 * this.#binned.features,
      results: pairs * chunks * 2 * resultBytes,
      space: pairs * chunks * this.#spaceBytes,
    };
    if ((this.#pairs?.values.byteLength ?? 0) < bytes.pairs) {
      if (this.#pairs !== undefined) heap.free(this.#pairs.pointer);
      this.#pairs = heap.float64(bytes.pairs / 8);
    }
    if ((this.#masks?.values.byteLength ?? 0) < bytes.masks) {
      if (this.#masks !== undefined) heap.free(this.#masks.pointer);
      this.#masks = heap.bytes(bytes.masks);
    }
    if ((this.#results?.values.byteLength ?? 0) < bytes.results) {
      if (this.#results !== undefined) heap.free(this.#results.pointer);
      this.#results = heap.float64(bytes.results / 8);
    }
    if ((this.#space?.values.byteLength ?? 0) < bytes.space) {
      if (this.#space !== undefined) heap.free(this.#space.pointer);
      this.#space = heap.float64(bytes.space / 8);
    }
  }

  #write(
    pairs: readonly SiblingPair[],
    units: { readonly g: number; readonly h: number },
    mask: ((node: GrowingNode, into: Uint8Array) => void) | undefined,
  ): void {
    const { heap } = this.#kernels;
    const { lambda, alpha, minChildWeight, maxDeltaStep, maxCatThreshold } = this.#settings;
    const sparse = this.#binned.columns === 0 ? 1 : 0;
    const own = [sparse, this.#kinds?.pointer ?? 0, Math.min(maxCatThreshold, 2 ** 30)];
    this.#parameters.values.set([lambda, alpha, minChildWeight, maxDeltaStep, units.g, units.h, ...own]);
    const pointer = this.#pairs?.pointer ?? 0;
    const words = heap.viewInt32(pointer, pairs.length * pairWords);
    const floats = heap.viewFloat32(pointer, words.length);
    const doubles = heap.viewFloat64(pointer, words.length / 2);
    for (const [index, { first, second, part }] of pairs.entries()) {
      const at = index * pairWords;
      words.set([first.histogram, second?.histogram ?? 0, part], at);
      for (const [side, node] of [first, second].entries()) {
        if (node === undefined) continue;
        const own = at + 4 + side * nodeWords;
        doubles.set([node.g, node.h], own / 2);
        floats.set(
          [leafGain(this.#settings, node.g, node.h, node.bounds), node.bounds.lower, node.bounds.upper],
          own + 4,
        );
        words[own + 7] = mask === undefined ? 0 : this.#mask(node, 2 * index + side, mask);
      }
    }
  }

  #mask(node: GrowingNode, place: number, mask: (node: GrowingNode, into: Uint8Array) => void): number {
    const { features } = this.#binned;
    const masks = this.#masks;
    if (masks === undefined) return 0;
    mask(node, masks.values.subarray(place * features, (place + 1) * features));
    return masks.pointer + place * features;
  }
}

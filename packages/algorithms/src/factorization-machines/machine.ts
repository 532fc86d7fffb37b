/** The weights under training with their optimizer, in kernel memory. */
import type { SparseBatch } from '../data/sparse-batch.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { mostBlocks } from '../kernels/thread-control.ts';
import { Random } from '../random.ts';
import type { FactorizationArtifact } from './artifact.ts';
import { BiasOptimizer } from './bias-optimizer.ts';
import { BETA_1, BETA_2, firstValues, strideOf, type FactorizationHyperparameters } from './settings.ts';
import { STATISTICS } from './statistics.ts';

/** Multiplications of a block, about: enough to pay for a thread's turn. */
const blockWork = 16_384;

/** Gradients of the features that rows have, summed over the rows. */
export interface Gradients {
  readonly rows: number;
  readonly bias: number;
  readonly ids: Int32Array;
  /** `ids.length` × {@link Machine.stride}. */
  readonly values: Float32Array;
}

export class Machine {
  /** Numbers from one feature's weights to where its moments begin; a feature has three times as many. */
  readonly stride: number;
  readonly features: number;
  readonly bias: BiasOptimizer;
  readonly #kernels: Kernels;
  readonly #given: FactorizationHyperparameters;
  /** Pointer to the records of all features. */
  readonly #records: number;
  readonly #masks: HeapArray<Float32Array>;
  /** Learning rates, then decays. */
  readonly #lanes: HeapArray<Float32Array>;
  readonly #sums: GrowingArray;
  readonly #slopes: GrowingArray;
  readonly #statistics: GrowingArray;
  readonly #gradients: GrowingArray;
  #updates = 0;

  constructor(kernels: Kernels, given: FactorizationHyperparameters, seed: number) {
    const { heap, pool } = kernels;
    const { feature_dim: columns, num_factors: factors } = given;
    this.#kernels = kernels;
    this.#given = given;
    this.features = columns;
    this.stride = strideOf(factors);
    this.#records = heap.allocate(columns * this.stride * 12);
    this.#masks = heap.float32(this.stride);
    this.#masks.values.fill(1, 0, factors);
    this.#lanes = heap.float32(2 * this.stride);
    this.#lanes.values.fill(given.factors_wd, this.stride, this.stride + factors);
    this.#lanes.values[this.stride + factors] = given.linear_wd;
    this.#sums = new GrowingArray(heap);
    this.#slopes = new GrowingArray(heap);
    this.#statistics = new GrowingArray(heap);
    this.#gradients = new GrowingArray(heap);
    const [first, linear] = [firstValues(given, 'factors'), firstValues(given, 'linear')];
    pool.parallel(
      'factorization',
      'first_weights',
      { items: columns, grain: Math.max(1024, Math.ceil(columns / mostBlocks)) },
      [this.#records, this.stride, factors, seed, first.method, first.size, linear.method, linear.size],
    );
    this.bias = new BiasOptimizer(given, new Random(seed, 1));
  }

  /** One update by the rows of a batch. Returns what the kernel found, before the update: statistics by block, valid until the next call. */
  learn(batch: SparseBatch): Float64Array {
    const left = this.#slope(batch);
    const rescale = this.#startUpdate(batch.rows);
    this.#byFeature(batch, 0, rescale);
    this.bias.step(slopesOf(left) * rescale, this.#updates);
    return left;
  }

  /** The first half of {@link learn}: gradients to be summed with those of other hosts. Their arrays are valid until the next call. */
  gradients(batch: SparseBatch): { readonly left: Float64Array; readonly gradients: Gradients } {
    const { heap } = this.#kernels;
    const left = this.#slope(batch);
    const count = batch.byFeature?.count ?? 0;
    // With room for the ids, so that apply() may be given these very arrays.
    const pointer = this.#gradients.reserve(count * (this.stride + 1) * 4);
    this.#byFeature(batch, pointer, 1);
    const gradients = {
      rows: batch.rows,
      bias: slopesOf(left),
      ids: heap.viewInt32(batch.byFeature?.ids ?? 0, count),
      values: heap.viewFloat32(pointer, count * this.stride),
    };
    return { left, gradients };
  }

  /** The second half: one update by the sum of all hosts' gradients, no feature twice. */
  apply({ rows, bias, ids, values }: Gradients): void {
    const { heap, pool } = this.#kernels;
    const rescale = this.#startUpdate(rows);
    const pointer = this.#gradients.reserve(values.byteLength + ids.byteLength);
    heap.viewFloat32(pointer, values.length).set(values);
    heap.viewInt32(pointer + values.byteLength, ids.length).set(ids);
    pool.parallel(
      'factorization',
      'apply_gradients',
      { items: ids.length, grain: this.#grain(ids.length, 4 * this.stride) },
      [
        this.#records,
        this.stride,
        this.#lanes.pointer,
        pointer + values.byteLength,
        pointer,
        ...this.#optimizer(rescale),
      ],
    );
    this.bias.step(bias * rescale, this.#updates);
  }

  /** Only measures. As {@link learn}, valid until the next call. */
  measure(batch: SparseBatch): Float64Array {
    return this.#score(batch, 0, 0);
  }

  artifact(): FactorizationArtifact {
    const { feature_dim: columns, num_factors: factors, predictor_type: predictor } = this.#given;
    const factorValues = new Float32Array(columns * factors);
    const linear = new Float32Array(columns);
    const block = 65_536;
    for (let start = 0; start < columns; start += block) {
      const count = Math.min(block, columns - start);
      const all = this.#kernels.heap.viewFloat32(this.#records + start * this.stride * 12, count * this.stride * 3);
      for (let i = 0; i < count; i++) {
        const at = i * this.stride * 3;
        factorValues.set(all.subarray(at, at + factors), (start + i) * factors);
        linear[start + i] = all[at + factors] ?? 0;
      }
    }
    return { predictor, columns, factors, factorValues, linear, bias: Math.fround(this.bias.value) };
  }

  /** Everything that further updates depend on; the pieces are views, each below 1 GB. */
  state(): Map<string, Uint8Array> {
    const optimizer = Float64Array.of(this.#updates, ...this.bias.state());
    const files = new Map<string, Uint8Array>([['optimizer', new Uint8Array(optimizer.buffer)]]);
    for (const { name, view } of this.#pieces()) files.set(name, view);
    return files;
  }

  restore(files: ReadonlyMap<string, Uint8Array>): void {
    const [updates = 0, ...bias] = new Float64Array(new Uint8Array(files.get('optimizer') ?? []).buffer);
    this.#updates = updates;
    this.bias.restore(bias);
    for (const { name, view } of this.#pieces()) view.set(files.get(name) ?? []);
  }

  release(): void {
    const { heap } = this.#kernels;
    for (const array of [this.#sums, this.#slopes, this.#statistics, this.#gradients]) array.release();
    for (const pointer of [this.#records, this.#masks.pointer, this.#lanes.pointer]) heap.free(pointer);
  }

  #slope(batch: SparseBatch): Float64Array {
    return this.#score(batch, this.#sums.reserve(batch.rows * this.stride * 4), this.#slopes.reserve(batch.rows * 4));
  }

  /** `sums` and `slopes`: where the second half of an update finds them, or 0. */
  #score(batch: SparseBatch, sums: number, slopes: number): Float64Array {
    const { heap, pool } = this.#kernels;
    const grain = this.#grain(batch.rows, ((batch.entries / batch.rows) * this.stride) / 2 + 40);
    const blocks = Math.ceil(batch.rows / grain);
    const statistics = this.#statistics.reserve(blocks * (STATISTICS * 8 + this.stride * 4));
    pool.parallel('factorization', 'score', { items: batch.rows, grain }, [
      this.#records,
      this.stride,
      this.#given.num_factors,
      this.#masks.pointer,
      this.bias.value,
      batch.starts,
      batch.keys,
      batch.values,
      batch.labels,
      this.#given.predictor_type === 'regressor' ? 0 : 1,
      sums,
      statistics + blocks * STATISTICS * 8,
      slopes,
      statistics,
    ]);
    return heap.viewFloat64(statistics, blocks * STATISTICS);
  }

  #byFeature(batch: SparseBatch, gradients: number, rescale: number): void {
    const columns = batch.byFeature;
    if (columns === undefined) throw new Error('a batch to learn from needs its entries by feature');
    if (columns.count === 0) return;
    const grain = this.#grain(columns.count, (batch.entries / columns.count + 4) * this.stride);
    this.#kernels.pool.parallel('factorization', 'learn', { items: columns.count, grain }, [
      this.#records,
      this.stride,
      this.#masks.pointer,
      this.#lanes.pointer,
      columns.ids,
      columns.starts,
      columns.rows,
      columns.values,
      this.#sums.pointer,
      this.#slopes.pointer,
      gradients,
      ...this.#optimizer(rescale),
    ]);
  }

  /** Sets the learning rates, which Adam corrects in its first steps, and returns the factor of gradients. */
  #startUpdate(rows: number): number {
    this.#updates++;
    const correction = Math.sqrt(1 - BETA_2 ** this.#updates) / (1 - BETA_1 ** this.#updates);
    const { factors_lr: factorsRate, linear_lr: linearRate, num_factors: factors, rescale_grad: rescale } = this.#given;
    this.#lanes.values.fill(factorsRate * correction, 0, factors);
    this.#lanes.values[factors] = linearRate * correction;
    return rescale ?? 1 / rows;
  }

  #optimizer(rescale: number): number[] {
    const { clip_gradient: clip, eps } = this.#given;
    return [rescale, clip ?? Number.POSITIVE_INFINITY, BETA_1, BETA_2, eps];
  }

  /** Items of a block; depends on the data alone. `work`: of one item. */
  #grain(items: number, work: number): number {
    return Math.max(1, Math.ceil(blockWork / work), Math.ceil(items / mostBlocks));
  }

  /** Features in pieces, because a hash, a file or a message takes no more than 2 GB at once. */
  *#pieces(): Generator<{ readonly name: string; readonly view: Uint8Array }> {
    const bytes = this.#given.feature_dim * this.stride * 12;
    for (let start = 0, index = 0; start < bytes; start += 2 ** 30, index++)
      yield {
        name: `features-${index}`,
        view: this.#kernels.heap.viewBytes(this.#records + start, Math.min(2 ** 30, bytes - start)),
      };
  }
}

function slopesOf(left: Float64Array): number {
  let sum = 0;
  for (let at = 1; at < left.length; at += STATISTICS) sum += left[at] ?? 0;
  return sum;
}

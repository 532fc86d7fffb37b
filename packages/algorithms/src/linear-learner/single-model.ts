/** One model with one output: rows are read once for scores and gradients, four at a time. */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Random } from '../random.ts';
import { firstWeight, type FirstWeights } from './first-weights.ts';
import type { LabelledRows, Learner, Parameters } from './learner.ts';
import { optimizerNumber, type LinearSettings } from './settings.ts';

/** Rows of a block: enough to pay for a thread's turn; the number of slots is bounded by the largest batch. */
const learntRows = 128;
const scoredRows = 4096;
/** Multiplications below which sharing with other threads costs more than it gains. */
const smallWork = 40_000;

export class SingleModel implements Learner {
  readonly #kernels: Kernels;
  readonly #settings: LinearSettings;
  readonly #columns: number;
  readonly #stride: number;
  readonly #slotNumbers: number;
  readonly #weights: HeapArray<Float32Array>;
  readonly #firstMoments: HeapArray<Float32Array>;
  readonly #secondMoments: HeapArray<Float32Array>;
  readonly #slots: number;
  readonly #scratch: number;
  readonly #grain: number;
  readonly #sums = new Float64Array(1);
  readonly #kept: Float32Array;
  readonly #hasKept = new Uint8Array(1);
  #rate = 0;
  #updates = 0;

  constructor(
    kernels: Kernels,
    shape: { columns: number; stride: number },
    settings: LinearSettings,
    start: FirstWeights,
    random: Random,
  ) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#settings = settings;
    this.#columns = shape.columns;
    this.#stride = shape.stride;
    this.#slotNumbers = Math.ceil(shape.stride / 8) * 8 + 8;
    this.#weights = heap.float32(this.#slotNumbers);
    this.#firstMoments = heap.float32(this.#slotNumbers);
    this.#secondMoments = heap.float32(this.#slotNumbers);
    this.#kept = new Float32Array(this.#slotNumbers);
    const { batchRows } = settings;
    const isSmall = batchRows * shape.stride < smallWork;
    this.#grain = isSmall ? batchRows : Math.max(learntRows, Math.ceil(batchRows / 64) * 4);
    this.#slots = heap.allocate(Math.ceil(batchRows / this.#grain) * this.#slotNumbers * 4);
    // Blocks that only score are many, and what they leave in the scratch is not read.
    this.#scratch = heap.allocate(16_384 * 64);
    for (let column = 0; column < this.#columns; column++) this.#weights.values[column] = firstWeight(start, random);
    if (settings.useBias) this.#weights.values[this.#slotNumbers - 8] = start.bias;
  }

  setRates(rates: ArrayLike<number>): void {
    this.#rate = rates[0] ?? 0;
  }

  learn(rows: LabelledRows): Float64Array {
    this.#update(this.#score(rows, 0, this.#slots, this.#grain), rows.rows);
    return this.#sums;
  }

  gradients(rows: LabelledRows): { losses: Float64Array; gradients: Float32Array } {
    const gradients = this.#kernels.heap.viewFloat32(this.#slots, this.#slotNumbers);
    const blocks = this.#score(rows, 0, this.#slots, this.#grain);
    if (blocks === 0) gradients.fill(0);
    for (let block = 1; block < blocks; block++) {
      const added = this.#kernels.heap.viewFloat32(this.#slots + block * this.#slotNumbers * 4, this.#slotNumbers);
      for (let i = 0; i < added.length; i++) gradients[i] = (gradients[i] ?? 0) + (added[i] ?? 0);
    }
    return { losses: this.#sums, gradients };
  }

  step(rows: number): void {
    this.#update(1, rows);
  }

  losses(rows: LabelledRows): Float64Array {
    this.#score(rows, 0, 0, scoredRows);
    return this.#sums.slice();
  }

  scores(rows: LabelledRows, models: readonly number[], targets: readonly Float32Array[]): void {
    const [target] = targets;
    if (target === undefined || models[0] !== 0) return;
    const scores = this.#kernels.heap.float32(rows.rows);
    this.#score(rows, scores.pointer, 0, scoredRows);
    target.set(scores.values);
    this.#kernels.heap.free(scores.pointer);
  }

  keep(): void {
    this.#kept.set(this.#weights.values);
    this.#hasKept[0] = 1;
  }

  restoreKept(): void {
    if (this.#hasKept[0] === 1) this.#weights.values.set(this.#kept);
  }

  get state(): Readonly<Record<string, Float32Array | Uint8Array>> {
    return {
      weights: this.#weights.values,
      'first-moments': this.#firstMoments.values,
      'second-moments': this.#secondMoments.values,
      kept: this.#kept,
      'has-kept': this.#hasKept,
    };
  }

  resume(updates: number): void {
    this.#updates = updates;
  }

  parameters(): Parameters {
    const { values } = this.#weights;
    return {
      weights: values.slice(0, this.#columns),
      biases: values.slice(this.#slotNumbers - 8, this.#slotNumbers - 7),
    };
  }

  release(): void {
    const { heap } = this.#kernels;
    for (const array of [this.#weights, this.#firstMoments, this.#secondMoments]) heap.free(array.pointer);
    heap.free(this.#slots);
    heap.free(this.#scratch);
  }

  /** Adds up the gradients of so many blocks and moves the weights. */
  #update(blocks: number, rows: number): void {
    const { optimizer, beta1, beta2, biasRate, biasDecay, models } = this.#settings;
    this.#updates++;
    const correction = optimizer === 'adam' ? Math.sqrt(1 - beta2 ** this.#updates) / (1 - beta1 ** this.#updates) : 1;
    this.#kernels.pool.call('linear', 'update_single', [
      this.#slots,
      blocks,
      this.#slotNumbers * 4,
      rows,
      this.#weights.pointer,
      this.#firstMoments.pointer,
      this.#secondMoments.pointer,
      this.#rate,
      models[0]?.l2 ?? 0,
      models[0]?.l1 ?? 0,
      optimizerNumber(optimizer),
      beta1,
      beta2,
      correction,
      biasRate,
      biasDecay,
    ]);
  }

  #score(rows: LabelledRows, scores: number, slots: number, grain: number): number {
    const { lossNumber, lossParameter, models } = this.#settings;
    const span = { items: rows.rows, grain: Math.max(grain, Math.ceil(rows.rows / 16_384)) };
    const losses = this.#kernels.pool.parallel('linear', 'score_single', span, [
      rows.values,
      this.#stride,
      this.#weights.pointer,
      rows.labels,
      lossNumber,
      lossParameter,
      models[0]?.positiveWeight ?? 1,
      scores,
      slots,
      this.#slotNumbers * 4,
      this.#scratch,
    ]);
    let sum = 0;
    for (const loss of losses) sum += loss;
    this.#sums[0] = sum;
    return losses.length;
  }
}

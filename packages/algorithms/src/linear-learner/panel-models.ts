/** Models side by side, eight outputs to a panel: each row is read once for all of them. */
import { ClientError } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Random } from '../random.ts';
import { firstWeight, type FirstWeights } from './first-weights.ts';
import type { LabelledRows, Learner, Parameters } from './learner.ts';
import { optimizerNumber, type LinearSettings } from './settings.ts';

/** Rows that are scored at a time when nothing is learnt. */
const scoredRows = 1024;
const mostBlocks = 16;
/** Multiplications below which sharing with other threads costs more than it gains. */
const smallWork = 400_000;
const mostScoreBytes = 1_073_741_824;
/** Bias of columns that only pad a model: their probability is 0. */
const never = -1e30;

export class PanelModels implements Learner {
  readonly #kernels: Kernels;
  readonly #settings: LinearSettings;
  readonly #columns: number;
  readonly #stride: number;
  readonly #pitch: number;
  readonly #panels: number;
  readonly #count: number;
  readonly #scoreRows: number;
  readonly #lossPitch: number;
  readonly #scores: number;
  readonly #weights: HeapArray<Float32Array>;
  readonly #gradients: HeapArray<Float32Array>;
  readonly #firstMoments: HeapArray<Float32Array>;
  readonly #secondMoments: HeapArray<Float32Array>;
  readonly #lanes: HeapArray<Float32Array>;
  readonly #rowWeights: HeapArray<Float32Array>;
  readonly #losses: HeapArray<Float64Array>;
  readonly #sums: Float64Array;
  readonly #kept: Float32Array;
  readonly #hasKept: Uint8Array;
  #updates = 0;

  constructor(
    kernels: Kernels,
    shape: { columns: number; stride: number },
    settings: LinearSettings,
    start: FirstWeights,
    random: Random,
  ) {
    const { heap } = kernels;
    const { models, outputs, batchRows } = settings;
    this.#kernels = kernels;
    this.#settings = settings;
    this.#columns = shape.columns;
    this.#stride = shape.stride;
    this.#count = models.length;
    this.#pitch = outputs === 1 ? 1 : Math.ceil(outputs / 4) * 4;
    this.#panels = Math.ceil((this.#count * this.#pitch) / 8);
    this.#scoreRows = Math.ceil(Math.max(batchRows, Math.min(scoredRows, 33_554_432 / this.#panels)) / 4) * 4;
    if (this.#scoreRows * this.#panels * 32 > mostScoreBytes) {
      throw new ClientError(
        `${this.#count} models with ${outputs} outputs need too much memory for batches of ${batchRows} rows: lower mini_batch_size or num_models`,
      );
    }
    const length = this.#panels * (this.#stride + 1) * 8;
    this.#scores = heap.allocate(this.#scoreRows * this.#panels * 32);
    this.#weights = heap.float32(length);
    this.#gradients = heap.float32(length);
    this.#firstMoments = heap.float32(length);
    this.#secondMoments = heap.float32(length);
    this.#lanes = heap.float32(this.#panels * 24);
    this.#lossPitch = outputs === 1 ? this.#panels * 8 : this.#count;
    this.#losses = heap.float64((mostBlocks + Math.ceil(this.#scoreRows / 256)) * this.#lossPitch);
    this.#sums = new Float64Array(this.#count);
    this.#kept = new Float32Array(length);
    this.#hasKept = new Uint8Array(this.#count);
    this.#rowWeights = outputs === 1 ? this.#laneWeights() : heap.float32(outputs);
    if (outputs > 1) this.#rowWeights.values.set(settings.classWeights);
    this.#begin(start, random);
  }

  setRates(rates: ArrayLike<number>): void {
    for (let column = 0; column < this.#panels * 8; column++) {
      const model = Math.floor(column / this.#pitch);
      const lane = (column >> 3) * 24 + (column & 7);
      const isUsed = column % this.#pitch < this.#settings.outputs && model < this.#count;
      this.#lanes.values[lane] = isUsed ? (rates[model] ?? 0) : 0;
      this.#lanes.values[lane + 8] = this.#settings.models[model]?.l2 ?? 0;
      this.#lanes.values[lane + 16] = this.#settings.models[model]?.l1 ?? 0;
    }
  }

  learn(rows: LabelledRows): Float64Array {
    const sums = this.#score(rows, true);
    this.#kernels.pool.parallel('linear', 'gradient_panels', this.#dimensions(rows), [
      rows.values,
      this.#stride,
      this.#scores,
      this.#scoreRows,
      rows.rows,
      ...this.#stepArguments(),
    ]);
    return sums;
  }

  gradients(rows: LabelledRows): { losses: Float64Array; gradients: Float32Array } {
    const losses = this.#score(rows, true);
    const gradients = this.#gradients.values;
    if (rows.rows === 0) gradients.fill(0);
    this.#kernels.pool.parallel('linear', 'sum_gradients', this.#dimensions(rows), [
      rows.values,
      this.#stride,
      this.#scores,
      this.#scoreRows,
      rows.rows,
      this.#gradients.pointer,
    ]);
    return { losses, gradients };
  }

  step(rows: number): void {
    const items = this.#panels * (this.#stride / 4 + 1);
    const span = { items, grain: Math.ceil(items / 32) };
    this.#kernels.pool.parallel('linear', 'step_panels', span, [this.#stride, rows, ...this.#stepArguments()]);
  }

  losses(rows: LabelledRows): Float64Array {
    const total = new Float64Array(this.#count);
    this.#tiles(rows, (tile) => {
      const sums = this.#score(tile, false);
      for (let model = 0; model < this.#count; model++) total[model] = (total[model] ?? 0) + (sums[model] ?? 0);
    });
    return total;
  }

  scores(rows: LabelledRows, models: readonly number[], targets: readonly Float32Array[]): void {
    const { outputs } = this.#settings;
    const all = this.#kernels.heap.viewFloat32(this.#scores, this.#scoreRows * this.#panels * 8);
    this.#tiles(rows, (tile, start) => {
      this.#score(tile, false);
      for (const [index, model] of models.entries()) {
        const target = targets[index];
        if (target === undefined) continue;
        for (let output = 0; output < outputs; output++) {
          const column = model * this.#pitch + output;
          const from = (column >> 3) * this.#scoreRows * 8 + (column & 7);
          for (let row = 0; row < tile.rows; row++) target[(start + row) * outputs + output] = all[from + row * 8] ?? 0;
        }
      }
    });
  }

  keep(model: number): void {
    this.#hasKept[model] = 1;
    this.#eachWeight(model, (at) => (this.#kept[at] = this.#weights.values[at] ?? 0));
  }

  restoreKept(): void {
    for (let model = 0; model < this.#count; model++) {
      if (this.#hasKept[model] === 1) this.#eachWeight(model, (at) => (this.#weights.values[at] = this.#kept[at] ?? 0));
    }
  }

  parameters(model: number): Parameters {
    const { outputs } = this.#settings;
    const weights = new Float32Array(outputs * this.#columns);
    const biases = new Float32Array(outputs);
    this.#eachWeight(model, (at, output, dimension) => {
      const value = this.#weights.values[at] ?? 0;
      if (dimension === this.#stride) biases[output] = value;
      else if (dimension < this.#columns) weights[output * this.#columns + dimension] = value;
    });
    return { weights, biases };
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

  release(): void {
    const { heap } = this.#kernels;
    for (const array of [this.#weights, this.#gradients, this.#firstMoments, this.#secondMoments])
      heap.free(array.pointer);
    for (const array of [this.#lanes, this.#rowWeights, this.#losses]) heap.free(array.pointer);
    heap.free(this.#scores);
  }

  #begin(start: FirstWeights, random: Random): void {
    for (let model = 0; model < this.#count; model++) {
      this.#eachWeight(model, (at, _output, dimension) => {
        if (dimension < this.#columns) this.#weights.values[at] = firstWeight(start, random);
        else if (dimension === this.#stride) this.#weights.values[at] = this.#settings.useBias ? start.bias : 0;
      });
    }
    for (let column = 0; column < this.#panels * 8; column++) {
      const isPadding = this.#pitch > 1 && column % this.#pitch >= this.#settings.outputs;
      if (isPadding) this.#weights.values[this.#place(column, this.#stride)] = never;
    }
  }

  #dimensions(rows: LabelledRows): { items: number; grain: number } {
    const items = this.#panels * (this.#stride / 4 + 1);
    return { items, grain: this.#isSmall(rows) ? items : Math.ceil(items / 32) };
  }

  /** Of the next update. */
  #stepArguments(): number[] {
    const { optimizer, beta1, beta2, biasRate, biasDecay } = this.#settings;
    this.#updates++;
    const correction = optimizer === 'adam' ? Math.sqrt(1 - beta2 ** this.#updates) / (1 - beta1 ** this.#updates) : 1;
    return [
      this.#weights.pointer,
      this.#gradients.pointer,
      this.#firstMoments.pointer,
      this.#secondMoments.pointer,
      this.#lanes.pointer,
      optimizerNumber(optimizer),
      beta1,
      beta2,
      correction,
      biasRate,
      biasDecay,
    ];
  }

  /** Weights of rows by lane, for label 1 and for others. */
  #laneWeights(): HeapArray<Float32Array> {
    const lanes = this.#kernels.heap.float32(this.#panels * 16);
    for (const [model, { positiveWeight }] of this.#settings.models.entries()) {
      const lane = (model >> 3) * 16 + (model & 7);
      lanes.values[lane] = positiveWeight;
      lanes.values[lane + 8] = 1;
    }
    return lanes;
  }

  /** Scores of at most scoreRows rows, and losses per model. */
  #score(rows: LabelledRows, gradient: boolean): Float64Array {
    const { lossNumber, lossParameter } = this.#settings;
    const grain = this.#isSmall(rows) ? 256 : Math.max(32, Math.ceil(rows.rows / mostBlocks / 4) * 4);
    const { length: blocks } = this.#kernels.pool.parallel('linear', 'score_panels', { items: rows.rows, grain }, [
      rows.values,
      this.#stride,
      this.#weights.pointer,
      this.#panels,
      this.#scores,
      this.#scoreRows,
      rows.labels,
      lossNumber,
      lossParameter,
      this.#rowWeights.pointer,
      this.#pitch,
      this.#count,
      gradient ? 1 : 0,
      this.#losses.pointer,
      this.#lossPitch,
    ]);
    const losses = this.#losses.values;
    for (let model = 0; model < this.#count; model++) {
      let sum = 0;
      for (let block = 0; block < blocks; block++) sum += losses[block * this.#lossPitch + model] ?? 0;
      this.#sums[model] = sum;
    }
    return this.#sums;
  }

  #tiles(rows: LabelledRows, visit: (tile: LabelledRows, start: number) => void): void {
    for (let start = 0; start < rows.rows; start += this.#scoreRows) {
      const values = rows.values + start * this.#stride * 4;
      visit({ rows: Math.min(this.#scoreRows, rows.rows - start), values, labels: rows.labels + start * 4 }, start);
    }
  }

  #isSmall(rows: LabelledRows): boolean {
    return rows.rows * this.#stride * this.#panels * 8 < smallWork;
  }

  #eachWeight(model: number, visit: (at: number, output: number, dimension: number) => void): void {
    for (let output = 0; output < this.#settings.outputs; output++) {
      const column = model * this.#pitch + output;
      for (let dimension = 0; dimension <= this.#stride; dimension++)
        visit(this.#place(column, dimension), output, dimension);
    }
  }

  #place(column: number, dimension: number): number {
    return ((column >> 3) * (this.#stride + 1) + dimension) * 8 + (column & 7);
  }
}

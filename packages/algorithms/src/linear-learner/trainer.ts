/** The models under training, with what was measured on the first rows. */
import type { Batch } from '../data/batched-data.ts';
import { Random } from '../random.ts';
import type { EarlyStopping } from './early-stopping.ts';
import { chunkRows } from './chunk-rows.ts';
import { firstWeights } from './first-weights.ts';
import type { LabelledRows, Learner } from './learner.ts';
import { learningRateAt, passesFor } from './learning-rate.ts';
import { PanelModels } from './panel-models.ts';
import { Scaler } from './scaler.ts';
import { SingleModel } from './single-model.ts';
import { compileSettings, type LinearSettings } from './settings.ts';
import type { LinearContext } from './train-context.ts';

/** Anything that yields batches of normalised rows. */
export interface Rows {
  epoch(): AsyncIterable<Batch>;
}

const sampleRows = 20_000;
const mostSampleBytes = 33_554_432;

export class Trainer {
  readonly columns: number;
  readonly settings: LinearSettings;
  readonly scaler: Scaler;
  readonly learner: Learner;
  readonly #context: LinearContext;
  readonly #stride: number;
  readonly #sums: Float64Array;
  readonly #passes: Float64Array;
  readonly #stopped: boolean[] = [];
  #sample: Batch | undefined;
  #prepared = 0;
  #rows = 0;
  #updates = 0;

  /** `first`: the first batch as it stands in the data. */
  constructor(context: LinearContext, first: Batch) {
    const { kernels, hyperparameters, seed } = context;
    this.#context = context;
    this.columns = first.columns;
    this.#stride = first.stride;
    this.scaler = new Scaler(kernels, first, hyperparameters);
    const labels = kernels.heap.viewFloat32(first.labels, first.rows).slice();
    this.settings = compileSettings(hyperparameters, {
      rows: first.rows,
      columns: first.columns,
      isAll: first.rows < chunkRows(hyperparameters, first.columns),
      labels,
      labelFactor: this.scaler.labelFactor,
    });
    const { models, outputs } = this.settings;
    const Models = models.length === 1 && outputs === 1 ? SingleModel : PanelModels;
    this.learner = new Models(kernels, first, this.settings, firstWeights(hyperparameters), new Random(seed, 1));
    this.#sums = new Float64Array(models.length);
    this.#passes = new Float64Array(models.length);
  }

  /** A part of the training data to judge models by when there is no validation channel. */
  get sample(): Rows {
    const batches = this.#sample === undefined ? [] : [this.#sample];
    return {
      epoch: async function* () {
        yield* batches;
      },
    };
  }

  /** Normalises a batch that was read and mixes its rows: data are often sorted by label. */
  prepare(batch: Batch): void {
    const random = new Random(this.#context.seed, 1000 + this.#prepared++);
    this.scaler.apply(batch, shuffled(batch.rows, random));
    if (this.#sample === undefined && this.#context.channel('validation') === undefined)
      this.#sample = this.#copy(batch);
  }

  /** Takes a prepared chunk through one update per mini-batch, the mini-batches in random order. */
  learn(chunk: Batch): void {
    const { hyperparameters, seed, stopping } = this.#context;
    const count = Math.ceil(chunk.rows / this.settings.batchRows);
    const order = shuffled(count, new Random(seed, 1_000_000 + this.#updates));
    for (const index of order) {
      if (stopping.aborted) return;
      if (hyperparameters.lr_scheduler_step !== 'auto' || this.#rows === 0) this.#setRates();
      const start = Math.floor((index * chunk.rows) / count);
      const rows = Math.floor(((index + 1) * chunk.rows) / count) - start;
      const sums = this.learner.learn(part(chunk, start, rows));
      for (let model = 0; model < this.#sums.length; model++)
        this.#sums[model] = (this.#sums[model] ?? 0) + (sums[model] ?? 0);
      this.#rows += rows;
      this.#updates++;
    }
  }

  /** Mean losses per model over the epoch, each row judged before its update. */
  endEpoch(): { losses: Float64Array; rows: number } {
    const rows = this.#rows;
    const losses = this.#sums.map((sum) => sum / Math.max(1, rows));
    this.#sums.fill(0);
    this.#rows = 0;
    return { losses, rows };
  }

  async meanLosses(data: Rows): Promise<Float64Array> {
    const total = new Float64Array(this.#sums.length);
    let rows = 0;
    for await (const batch of data.epoch()) {
      const sums = this.learner.losses(batch);
      for (let model = 0; model < total.length; model++) total[model] = (total[model] ?? 0) + (sums[model] ?? 0);
      rows += batch.rows;
    }
    return total.map((sum) => sum / rows);
  }

  /** Stops models that have become no better. `keep`: the losses are of data that was not learnt, so the best state of each model is kept. */
  judge(early: EarlyStopping, losses: Float64Array, keep: boolean): void {
    const improved = early.observe(losses);
    if (keep) for (const model of improved) this.learner.keep(model);
    for (let model = 0; model < losses.length; model++) {
      this.#stopped[model] = early.hasStopped(model);
      const passes = passesFor(this.#context.hyperparameters, early.hasImproved(model));
      this.#passes[model] = (this.#passes[model] ?? 0) + passes;
    }
  }

  #setRates(): void {
    const { hyperparameters } = this.#context;
    this.learner.setRates(
      this.settings.models.map(({ rate }, model) =>
        this.#stopped[model] === true
          ? 0
          : learningRateAt(hyperparameters, rate, { updates: this.#updates, passes: this.#passes[model] ?? 0 }),
      ),
    );
  }

  #copy(batch: Batch): Batch {
    const { heap } = this.#context.kernels;
    const rows = Math.max(1, Math.min(batch.rows, sampleRows, Math.floor(mostSampleBytes / (this.#stride * 4))));
    const values = heap.float32(rows * this.#stride);
    const labels = heap.float32(rows);
    values.values.set(heap.viewFloat32(batch.values, rows * this.#stride));
    labels.values.set(heap.viewFloat32(batch.labels, rows));
    return { ...batch, rows, values: values.pointer, labels: labels.pointer };
  }
}

export function part({ values, labels, stride }: Batch, start: number, rows: number): LabelledRows {
  return { rows, values: values + start * stride * 4, labels: labels + start * 4 };
}

/** 0 to count - 1 in random order. */
function shuffled(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const other = random.below(i + 1);
    const moved = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}

/** The models under training, with what was measured on the first rows. */
import type { Collective } from '../collective/collective.ts';
import type { Batch } from '../data/batched-data.ts';
import { Random } from '../random.ts';
import { EarlyStopping } from './early-stopping.ts';
import { measureFirstRows } from './first-rows.ts';
import { firstWeights } from './first-weights.ts';
import type { LabelledRows, Learner } from './learner.ts';
import { learningRateAt, passesFor } from './learning-rate.ts';
import { PanelModels } from './panel-models.ts';
import type { Scaler } from './scaler.ts';
import { SingleModel } from './single-model.ts';
import { compileSettings, type LinearSettings } from './settings.ts';
import type { LinearContext } from './train-context.ts';

/** Anything that yields batches of normalised rows. */
export interface Rows {
  epoch(): AsyncIterable<Batch>;
}

const sampleRows = 20_000;
const mostSampleBytes = 33_554_432;
/** Tells apart the random numbers of the hosts. */
const mostBatches = 10_000_019;

export class Trainer {
  readonly columns: number;
  readonly settings: LinearSettings;
  readonly scaler: Scaler;
  readonly learner: Learner;
  readonly early: EarlyStopping;
  /** Of the first rows of all hosts: a checkpoint of other data has another. */
  readonly fingerprint: Float64Array;
  readonly #context: LinearContext;
  readonly #stride: number;
  readonly #sums: Float64Array;
  readonly #passes: Float64Array;
  #sample: Batch | undefined;
  #prepared = 0;
  #rows = 0;
  #updates = 0;
  /** Whether the epoch has made its first update. */
  #isBegun = false;
  #message: Float32Array | undefined;

  /** `first`: the first batch as it stands in the data. All hosts open theirs together. */
  static async open(context: LinearContext, first: Batch): Promise<Trainer> {
    return new Trainer(context, first, await measureFirstRows(context, first));
  }

  private constructor(
    context: LinearContext,
    first: Batch,
    { scaler, rows }: Awaited<ReturnType<typeof measureFirstRows>>,
  ) {
    const { kernels, hyperparameters, seed } = context;
    this.#context = context;
    this.columns = first.columns;
    this.#stride = first.stride;
    this.scaler = scaler;
    this.settings = compileSettings(hyperparameters, rows);
    this.fingerprint = Float64Array.from([context.hosts.length, first.columns, rows.rows, ...scaler.numbers]);
    const { models, outputs } = this.settings;
    const Models = models.length === 1 && outputs === 1 ? SingleModel : PanelModels;
    this.learner = new Models(kernels, first, this.settings, firstWeights(hyperparameters), new Random(seed, 1));
    this.#sums = new Float64Array(models.length);
    this.#passes = new Float64Array(models.length);
    this.early = new EarlyStopping({
      models: models.length,
      patience: hyperparameters.early_stopping_patience,
      tolerance: hyperparameters.early_stopping_tolerance,
    });
  }

  /** A part of the training data to judge models by: where there is no validation channel, and when there is no time for it. */
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
    // Each host mixes in its own way. By the place in the data, so that rows that are read again come in the same order as those that were kept.
    const { seed, collective } = this.#context;
    const random = new Random(seed, 1000 + this.#prepared++ + collective.rank * mostBatches);
    this.scaler.apply(batch, shuffled(batch.rows, random));
    this.#sample ??= this.#copy(batch);
  }

  /** Takes a prepared chunk through one update per mini-batch, the mini-batches in random order. */
  learn(chunk: Batch): void {
    const count = Math.ceil(chunk.rows / this.settings.batchRows);
    for (const index of this.#order(count)) {
      if (this.#context.stopping.aborted) return;
      this.#beginUpdate();
      const own = miniBatch(chunk, index, count);
      this.#endUpdate(own.rows, this.learner.learn(own));
    }
  }

  /**
   * {@link learn}, on several hosts: in each update every host has a mini-batch of its chunk (`undefined`: it has no more), and the gradients are means
   * over the rows of all. Resolves to whether there was a row on any host, and none is told to stop.
   */
  async learnTogether(chunk: Batch | undefined): Promise<boolean> {
    const { collective, stopping } = this.#context;
    const chunks = await gatherNumbers(collective, chunk?.rows ?? 0);
    const count = Math.ceil(Math.max(...chunks) / this.settings.batchRows);
    for (const index of this.#order(count)) {
      this.#beginUpdate();
      const own = chunk === undefined ? noRows : miniBatch(chunk, index, count);
      const { losses, gradients } = this.learner.gradients(own);
      // The last number: whether a host is told to stop.
      this.#message ??= new Float32Array(gradients.length + 1);
      this.#message.set(gradients);
      this.#message[gradients.length] = Number(stopping.aborted);
      const ownLosses = losses.slice();
      await collective.sum(this.#message);
      if (this.#message[gradients.length] !== 0) return false;
      gradients.set(this.#message.subarray(0, -1));
      this.learner.step(chunks.reduce((sum, rows) => sum + rowsOf(rows, index, count), 0));
      this.#endUpdate(own.rows, ownLosses);
    }
    return count > 0;
  }

  /** Mean losses per model over the epoch, each row judged before its update; over all hosts. */
  async endEpoch(): Promise<{ losses: Float64Array; rows: number }> {
    const { losses, rows } = await this.#mean(this.#sums, this.#rows);
    this.#sums.fill(0);
    this.#rows = 0;
    this.#isBegun = false;
    this.#prepared = 0;
    return { losses, rows };
  }

  /** Over the rows of all hosts. */
  async meanLosses(data: Rows): Promise<Float64Array> {
    const total = new Float64Array(this.#sums.length);
    let rows = 0;
    for await (const batch of data.epoch()) {
      const sums = this.learner.losses(batch);
      for (let model = 0; model < total.length; model++) total[model] = (total[model] ?? 0) + (sums[model] ?? 0);
      rows += batch.rows;
    }
    return (await this.#mean(total, rows)).losses;
  }

  /** Stops models that have become no better. `keep`: the losses are of data that was not learnt, so the best state of each model is kept. */
  judge(losses: Float64Array, keep: boolean): void {
    const improved = this.early.observe(losses);
    if (keep) for (const model of improved) this.learner.keep(model);
    for (let model = 0; model < losses.length; model++) {
      const passes = passesFor(this.#context.hyperparameters, this.early.hasImproved(model));
      this.#passes[model] = (this.#passes[model] ?? 0) + passes;
    }
  }

  /** All that a checkpoint between two epochs must hold beside the number of updates: where it lies, to be copied from and to. */
  get state(): Readonly<Record<string, Float32Array | Float64Array | Int32Array | Uint8Array>> {
    return { ...this.learner.state, ...this.early.state, passes: this.#passes };
  }

  get updates(): number {
    return this.#updates;
  }

  /** After {@link state} was filled: so many updates have been made. */
  resume(updates: number): void {
    this.#updates = updates;
    this.learner.resume(updates);
  }

  #order(count: number): Int32Array {
    return shuffled(count, new Random(this.#context.seed, 1_000_000 + this.#updates));
  }

  #beginUpdate(): void {
    if (this.#context.hyperparameters.lr_scheduler_step !== 'auto' || !this.#isBegun) this.#setRates();
    this.#isBegun = true;
  }

  #endUpdate(rows: number, losses: Float64Array): void {
    for (let model = 0; model < this.#sums.length; model++)
      this.#sums[model] = (this.#sums[model] ?? 0) + (losses[model] ?? 0);
    this.#rows += rows;
    this.#updates++;
  }

  async #mean(sums: Float64Array, rows: number): Promise<{ losses: Float64Array; rows: number }> {
    const all = Float64Array.from([rows, ...sums]);
    await this.#context.collective.sum(all);
    const [total = 0, ...losses] = all;
    return { losses: Float64Array.from(losses, (sum) => sum / total), rows: total };
  }

  #setRates(): void {
    const { hyperparameters } = this.#context;
    this.learner.setRates(
      this.settings.models.map(({ rate }, model) =>
        this.early.hasStopped(model)
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

const noRows: LabelledRows = { rows: 0, values: 0, labels: 0 };

/** The rows of a chunk in as many mini-batches as the largest chunk of all hosts needs: they may differ by one row, and be empty. */
function miniBatch(chunk: Batch, index: number, count: number): LabelledRows {
  return part(chunk, Math.floor((index * chunk.rows) / count), rowsOf(chunk.rows, index, count));
}

function rowsOf(chunkRows: number, index: number, count: number): number {
  return Math.floor(((index + 1) * chunkRows) / count) - Math.floor((index * chunkRows) / count);
}

async function gatherNumbers(collective: Collective, own: number): Promise<number[]> {
  const told = await collective.gather(new Uint8Array(Float64Array.of(own).buffer));
  return told.map((bytes) => new Float64Array(new Uint8Array(bytes).buffer)[0] ?? 0);
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

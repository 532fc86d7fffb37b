/** Steps of Adam over batches, on one host or on several that take each step together. */
import type { Collective } from '../collective/collective.ts';
import { claimPages } from '../kernels/claim-pages.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Random } from '../random.ts';
import { EntityGroups } from './entity-groups.ts';
import { Gradients, type NegativeRates } from './gradients.ts';
import type { PairModel } from './pair-model.ts';
import type { Pairs } from './read-pairs.ts';

export interface LearnerOptions {
  readonly rates: NegativeRates;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Pairs in a step of all hosts together, at most. */
  readonly batchPairs: number;
}

export interface StepOutcome {
  /** Pairs of the data that all hosts had: 0 when none has any more. */
  readonly pairs: number;
  /** Log loss, the mean over these pairs and their negative samples. */
  readonly loss: number;
  /** Some host was told to stop. */
  readonly stopping: boolean;
}

/** With the loss as a sum, and the entities that were met. */
interface Found extends StepOutcome {
  readonly groups: number;
}

/** Kingma, Ba: Adam, 2015. Of the entities only those of the batch are stepped, as their moments are. */
export class Learner {
  readonly #kernels: Kernels;
  readonly #collective: Collective;
  readonly #model: PairModel;
  readonly #options: LearnerOptions;
  readonly #gradients: Gradients;
  readonly #groups: EntityGroups;
  readonly #moments: {
    readonly [part in 'table' | 'encoder']: readonly [HeapArray<Float32Array>, HeapArray<Float32Array>];
  };
  #steps = 0;

  constructor(kernels: Kernels, collective: Collective, model: PairModel, options: LearnerOptions) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#collective = collective;
    this.#model = model;
    this.#options = options;
    this.#gradients = new Gradients(kernels, model, options.rates, options.batchPairs);
    this.#groups = new EntityGroups(kernels, model.entities, options.batchPairs);
    const pair = (length: number) => [heap.float32(length), heap.float32(length)] as const;
    this.#moments = { table: pair(model.table.values.length), encoder: pair(model.encoder.values.length) };
    claimPages(kernels, ...this.#moments.table);
  }

  /** What a training that goes on later needs, beside the model. */
  get state(): { readonly steps: number; readonly moments: readonly Float32Array[] } {
    const { table, encoder } = this.#moments;
    return { steps: this.#steps, moments: [...table, ...encoder].map(({ values }) => values) };
  }

  /** Goes on where the state was taken. */
  resume(steps: number): void {
    this.#steps = steps;
  }

  /** `batch`: absent when this host has no more pairs in the epoch. */
  async step(batch: Pairs | undefined, random: Random, stopping: boolean): Promise<StepOutcome> {
    const { width } = this.#model.shape;
    const gradients = this.#gradients;
    let loss = 0;
    let groups = 0;
    if (batch === undefined) gradients.encoder.values.fill(0);
    else {
      loss = gradients.compute(batch, random);
      groups = this.#groups.sum(batch.entities, gradients.entities, width, gradients.spare);
    }
    const own = { pairs: batch?.count ?? 0, loss, stopping, groups };
    const all = this.#collective.size === 1 ? own : await this.#exchange(own);
    const samples = all.pairs * gradients.pairsPerPair;
    if (all.pairs > 0) this.#update(all.groups, 1 / samples);
    return { pairs: all.pairs, loss: all.pairs === 0 ? 0 : all.loss / samples, stopping: all.stopping };
  }

  release(): void {
    this.#gradients.release();
    this.#groups.release();
    for (const { pointer } of [...this.#moments.table, ...this.#moments.encoder]) this.#kernels.heap.free(pointer);
  }

  /** Adds up what all hosts found; their entities' gradients are then where this host's were. */
  async #exchange(own: Found): Promise<Found> {
    const { heap } = this.#kernels;
    const { groups } = own;
    const { width } = this.#model.shape;
    const { encoder, entities, spare } = this.#gradients;
    const sums = new Float32Array(encoder.values.length + 3);
    sums.set(encoder.values);
    sums.set([own.pairs, own.loss, own.stopping ? 1 : 0], encoder.values.length);
    await this.#collective.sum(sums);
    encoder.values.set(sums.subarray(0, encoder.values.length));
    const [pairs = 0, loss = 0, stopping = 0] = sums.subarray(encoder.values.length);

    // Numbers, then rows.
    const message = new Float32Array(groups * (1 + width));
    new Uint32Array(message.buffer, 0, groups).set(this.#groups.numbers.values.subarray(0, groups));
    message.set(heap.viewFloat32(spare, groups * width), groups);
    const answers = await this.#collective.gather(new Uint8Array(message.buffer));
    const numbers: number[] = [];
    const rows = heap.viewFloat32(entities, this.#options.batchPairs * width);
    for (const answer of answers) {
      // A copy, because the bytes may lie at an odd address.
      const { buffer } = new Uint8Array(answer);
      const count = buffer.byteLength / 4 / (1 + width);
      rows.set(new Float32Array(buffer, count * 4), numbers.length * width);
      for (const number of new Uint32Array(buffer, 0, count)) numbers.push(number);
    }
    const merged = numbers.length === 0 ? 0 : this.#groups.sum(Uint32Array.from(numbers), entities, width, spare);
    return { pairs, loss, stopping: stopping > 0, groups: merged };
  }

  #update(groups: number, scale: number): void {
    const { pool } = this.#kernels;
    const { table, encoder, shape } = this.#model;
    const { learningRate, weightDecay } = this.#options;
    this.#steps++;
    const rest = [
      shape.width,
      scale,
      weightDecay,
      learningRate,
      1 / (1 - 0.9 ** this.#steps),
      1 / (1 - 0.999 ** this.#steps),
    ];
    const [tableMeans, tableSquares] = this.#moments.table;
    pool.parallel('ipinsights', 'adam', { items: groups, grain: 256 }, [
      table.pointer,
      tableMeans.pointer,
      tableSquares.pointer,
      this.#groups.numbers.pointer,
      this.#gradients.spare,
      ...rest,
    ]);
    const [means, squares] = this.#moments.encoder;
    pool.parallel('ipinsights', 'adam', { items: shape.rows, grain: 64 + (shape.rows >> 12) * 64 }, [
      encoder.pointer,
      means.pointer,
      squares.pointer,
      0,
      this.#gradients.encoder.pointer,
      ...rest,
    ]);
  }
}

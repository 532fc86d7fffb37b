/** How well the model tells the pairs of a channel from the same entities with addresses drawn at random. */
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import type { PairModel } from './pair-model.ts';
import { readPairs, type Pairs } from './read-pairs.ts';

/** Pairs that are scored together. */
const PIECE = 8192;

export class Validation {
  readonly #kernels: Kernels;
  readonly #channel: DataChannel;
  readonly #seed: number;
  readonly #kept: Pairs[] = [];

  /** The addresses at random are the same each time, so that epochs can be compared. */
  constructor(kernels: Kernels, channel: DataChannel, seed: number) {
    this.#kernels = kernels;
    this.#channel = channel;
    this.#seed = seed;
  }

  /** Resolves to the area under the ROC curve. */
  async measure(model: PairModel): Promise<number> {
    if (this.#kept.length === 0) {
      for await (const pairs of readPairs(this.#channel, 0, { vectors: model.entities, most: PIECE }))
        this.#kept.push(pairs);
    }
    const positives: Float32Array[] = [];
    const negatives: Float32Array[] = [];
    model.pack();
    for (const [piece, pairs] of this.#kept.entries()) {
      const [own, random] = this.#score(model, pairs, piece);
      positives.push(own);
      negatives.push(random);
    }
    return areaUnderCurve(joined(positives), joined(negatives));
  }

  #score(model: PairModel, { count, entities, addresses }: Pairs, piece: number): [Float32Array, Float32Array] {
    const { heap, pool } = this.#kernels;
    const numbers = heap.int32(count);
    numbers.values.set(entities);
    const places = heap.int32(count);
    places.values.set(addresses);
    const vectors = heap.allocate(count * model.shape.width * 4);
    const scores = heap.float32(count);
    const score = (): Float32Array => {
      model.encode(places.pointer, count, vectors);
      model.score(numbers.pointer, vectors, count, scores.pointer);
      return scores.values.slice();
    };
    const own = score();
    pool.parallel('ipinsights', 'draw_addresses', { items: count, grain: PIECE }, [places.pointer, this.#seed, piece]);
    const random = score();
    for (const pointer of [numbers.pointer, places.pointer, vectors, scores.pointer]) heap.free(pointer);
    return [own, random];
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

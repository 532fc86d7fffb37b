import type { Random } from '../random.ts';
import { BETA_1, BETA_2, firstValues, type FactorizationHyperparameters } from './settings.ts';

/** The bias and Adam's step on it, as the kernels do it for all other weights. */
export class BiasOptimizer {
  readonly #given: FactorizationHyperparameters;
  #value: number;
  #first = 0;
  #second = 0;

  constructor(given: FactorizationHyperparameters, random: Random) {
    this.#given = given;
    const { method, size } = firstValues(given, 'bias');
    this.#value = method === 0 ? size : method === 1 ? (2 * random.uniform() - 1) * size : random.normal() * size;
  }

  get value(): number {
    return this.#value;
  }

  /** `updates`: how many there are with this one. */
  step(gradient: number, updates: number): void {
    const { bias_lr: rate, bias_wd: decay, clip_gradient: clip = Number.POSITIVE_INFINITY, eps } = this.#given;
    const cut = Math.max(-clip, Math.min(clip, gradient + decay * this.#value));
    this.#first = BETA_1 * this.#first + (1 - BETA_1) * cut;
    this.#second = BETA_2 * this.#second + (1 - BETA_2) * cut * cut;
    const correction = Math.sqrt(1 - BETA_2 ** updates) / (1 - BETA_1 ** updates);
    this.#value -= (rate * correction * this.#first) / (Math.sqrt(this.#second) + eps);
  }

  state(): number[] {
    return [this.#value, this.#first, this.#second];
  }

  restore([value = 0, first = 0, second = 0]: readonly number[]): void {
    this.#value = value;
    this.#first = first;
    this.#second = second;
  }
}

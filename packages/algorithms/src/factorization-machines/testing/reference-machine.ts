/** The same method in plain TypeScript with 64 bits, pair by pair. */
import type { FactorizationArtifact } from '../artifact.ts';
import type { FactorizationHyperparameters } from '../settings.ts';

export type SparseRow = ReadonlyMap<number, number>;

export class ReferenceMachine {
  readonly #given: FactorizationHyperparameters;
  /** Per feature its factors and, last, its linear weight; the bias is a feature of its own, number -1, with nothing but the linear weight. */
  readonly #weights = new Map<number, number[]>();
  readonly #moments = new Map<number, { first: number; second: number }[]>();
  #updates = 0;

  constructor(given: FactorizationHyperparameters, start: FactorizationArtifact) {
    this.#given = given;
    for (let id = 0; id < start.columns; id++) {
      const factors = start.factorValues.slice(id * start.factors, (id + 1) * start.factors);
      this.#weights.set(id, [...factors, start.linear[id] ?? 0]);
    }
    this.#weights.set(-1, [start.bias]);
    for (const [id, weights] of this.#weights)
      this.#moments.set(
        id,
        weights.map(() => ({ first: 0, second: 0 })),
      );
  }

  weights(id: number): readonly number[] {
    return this.#weights.get(id) ?? [];
  }

  get bias(): number {
    return this.weights(-1)[0] ?? 0;
  }

  score(row: SparseRow): number {
    let score = this.bias;
    const entries = [...row];
    for (const [index, [id, value]] of entries.entries()) {
      score += (this.weights(id).at(-1) ?? 0) * value;
      for (const [other, otherValue] of entries.slice(index + 1)) {
        for (let f = 0; f < this.#given.num_factors; f++)
          score += (this.weights(id)[f] ?? 0) * (this.weights(other)[f] ?? 0) * value * otherValue;
      }
    }
    return score;
  }

  /** One update; returns the sum of losses before it. */
  learn(rows: readonly SparseRow[], labels: readonly number[]): number {
    const { num_factors: factors, predictor_type: predictor, rescale_grad: rescale = 1 / rows.length } = this.#given;
    const gradients = new Map<number, number[]>([[-1, [0]]]);
    let loss = 0;
    for (const [index, row] of rows.entries()) {
      const label = labels[index] ?? 0;
      const score = this.score(row);
      const slope = predictor === 'regressor' ? score - label : 1 / (1 + Math.exp(-score)) - label;
      loss += predictor === 'regressor' ? slope ** 2 / 2 : Math.log1p(Math.exp(label === 1 ? -score : score));
      add(gradients, -1, 0, slope, 1);
      for (const [id, value] of row) {
        add(gradients, id, factors, slope * value, factors + 1);
        for (const [other, otherValue] of row) {
          if (other === id) continue;
          for (let f = 0; f < factors; f++)
            add(gradients, id, f, slope * value * otherValue * (this.weights(other)[f] ?? 0), factors + 1);
        }
      }
    }
    this.#updates++;
    for (const [id, gradient] of gradients) this.#step(id, gradient, rescale);
    return loss;
  }

  #step(id: number, gradient: readonly number[], rescale: number): void {
    const { clip_gradient: clip = Number.POSITIVE_INFINITY, eps, num_factors: factors } = this.#given;
    const weights = this.#weights.get(id) ?? [];
    const correction = Math.sqrt(1 - 0.999 ** this.#updates) / (1 - 0.9 ** this.#updates);
    for (const [at, moment] of (this.#moments.get(id) ?? []).entries()) {
      const group = id === -1 ? 'bias' : at === factors ? 'linear' : 'factors';
      const raw = rescale * (gradient[at] ?? 0) + this.#given[`${group}_wd`] * (weights[at] ?? 0);
      const g = Math.max(-clip, Math.min(clip, raw));
      moment.first = 0.9 * moment.first + 0.1 * g;
      moment.second = 0.999 * moment.second + 0.001 * g * g;
      weights[at] =
        (weights[at] ?? 0) -
        (this.#given[`${group}_lr`] * correction * moment.first) / (Math.sqrt(moment.second) + eps);
    }
  }
}

function add(gradients: Map<number, number[]>, id: number, at: number, value: number, length: number): void {
  const own = gradients.get(id) ?? Array.from({ length }, () => 0);
  own[at] = (own[at] ?? 0) + value;
  gradients.set(id, own);
}

/** For tests: one model of linear-learner in plain TypeScript and 64 bits. */
import type { Parameters } from '../learner.ts';
import type { LinearSettings } from '../settings.ts';

export class ReferenceModel {
  readonly weights: Float64Array;
  readonly biases: Float64Array;
  readonly #settings: LinearSettings;
  readonly #model: number;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #updates = 0;

  constructor(settings: LinearSettings, model: number, { weights, biases }: Parameters) {
    this.#settings = settings;
    this.#model = model;
    this.weights = Float64Array.from(weights);
    this.biases = Float64Array.from(biases);
    this.#first = new Float64Array(weights.length + biases.length);
    this.#second = new Float64Array(weights.length + biases.length);
  }

  scores(row: readonly number[]): number[] {
    return Array.from(this.biases, (bias, output) =>
      row.reduce((sum, value, column) => sum + value * (this.weights[output * row.length + column] ?? 0), bias),
    );
  }

  loss(features: readonly number[][], labels: readonly number[]): number {
    return features.reduce((sum, row, index) => sum + this.#judge(this.scores(row), labels[index] ?? 0).loss, 0);
  }

  /** One update; returns the sum of losses before it. */
  learn(features: readonly number[][], labels: readonly number[]): number {
    const loss = this.loss(features, labels);
    const columns = features[0]?.length ?? 0;
    const gradient = new Float64Array(this.weights.length);
    const biasGradient = new Float64Array(this.biases.length);
    for (const [index, row] of features.entries()) {
      const { slopes } = this.#judge(this.scores(row), labels[index] ?? 0);
      for (const [output, slope] of slopes.entries()) {
        biasGradient[output] = (biasGradient[output] ?? 0) + slope;
        row.forEach((value, column) => {
          const at = output * columns + column;
          gradient[at] = (gradient[at] ?? 0) + slope * value;
        });
      }
    }
    this.#updates++;
    const { rate = 0, l2 = 0, l1 = 0 } = this.#settings.models[this.#model] ?? {};
    const { biasRate, biasDecay } = this.#settings;
    this.#descend(this.weights, gradient, features.length, 0, { rate, l2, l1 });
    const offset = this.weights.length;
    this.#descend(this.biases, biasGradient, features.length, offset, {
      rate: rate * biasRate,
      l2: l2 * biasDecay,
      l1: 0,
    });
    return loss;
  }

  #descend(
    weights: Float64Array,
    gradient: Float64Array,
    rows: number,
    offset: number,
    { rate, l2, l1 }: { rate: number; l2: number; l1: number },
  ): void {
    const { optimizer, beta1, beta2 } = this.#settings;
    for (const [at, weight] of weights.entries()) {
      const g = (gradient[at] ?? 0) / rows + l2 * weight;
      const before = this.#first[offset + at] ?? 0;
      const first = optimizer === 'sgd' ? beta1 * before + g : beta1 * before + (1 - beta1) * g;
      const second = beta2 * (this.#second[offset + at] ?? 0) + (1 - beta2) * g * g;
      this.#first[offset + at] = first;
      this.#second[offset + at] = second;
      const correction = Math.sqrt(1 - beta2 ** this.#updates) / (1 - beta1 ** this.#updates);
      const step = {
        sgd: first,
        adam: (correction * first) / (Math.sqrt(second) + 1e-8),
        rmsprop: g / (Math.sqrt(second) + 1e-8),
      }[optimizer];
      const moved = weight - rate * step;
      weights[at] = Math.sign(moved) * Math.max(Math.abs(moved) - rate * l1, 0);
    }
  }

  #judge(scores: readonly number[], label: number): { loss: number; slopes: number[] } {
    const { loss, classWeights } = this.#settings;
    if (loss === 'softmax_loss') {
      const weight = classWeights[label] ?? 1;
      const greatest = Math.max(...scores);
      const sum = scores.reduce((total, score) => total + Math.exp(score - greatest), 0);
      return {
        loss: weight * (Math.log(sum) + greatest - (scores[label] ?? 0)),
        slopes: scores.map((score, output) => weight * (Math.exp(score - greatest) / sum - (output === label ? 1 : 0))),
      };
    }
    const weight = label > 0.5 ? (this.#settings.models[this.#model]?.positiveWeight ?? 1) : 1;
    const [value, slope] = this.#point(scores[0] ?? 0, label);
    return { loss: weight * value, slopes: [weight * slope] };
  }

  #point(score: number, label: number): [loss: number, slope: number] {
    const { loss, lossParameter: p } = this.#settings;
    const side = 2 * label - 1;
    const r = score - label;
    const beyond = Math.max(0, Math.abs(r) - p);
    switch (loss) {
      case 'logistic':
        return [Math.log1p(Math.exp(-side * score)), -side / (1 + Math.exp(side * score))];
      case 'hinge_loss':
        return [Math.max(0, p - side * score), side * score < p ? -side : 0];
      case 'squared_loss':
        return [r * r, 2 * r];
      case 'absolute_loss':
        return [Math.abs(r), Math.sign(r)];
      case 'eps_insensitive_squared_loss':
        return [beyond * beyond, 2 * beyond * Math.sign(r)];
      case 'eps_insensitive_absolute_loss':
        return [beyond, beyond > 0 ? Math.sign(r) : 0];
      case 'quantile_loss':
        return r < 0 ? [-p * r, -p] : [(1 - p) * r, 1 - p];
      case 'huber_loss':
        return Math.abs(r) <= p ? [(r * r) / 2, r] : [p * (Math.abs(r) - p / 2), p * Math.sign(r)];
      case 'softmax_loss':
        throw new Error('not a loss of one score');
    }
  }
}

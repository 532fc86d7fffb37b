/** What a pass over rows finds: sums, from which the metrics come. They add up over batches and hosts. */

const names = [
  'loss',
  'slopes',
  'squares',
  'distances',
  'truePositives',
  'falsePositives',
  'trueNegatives',
  'falseNegatives',
] as const;

/** Numbers that the kernel leaves per block, in this order. */
export const STATISTICS = names.length;

export class Statistics {
  /** The rows, then the sums. */
  readonly values = new Float64Array(1 + STATISTICS);

  /** Adds what the kernel left for `blocks` blocks, in their order. */
  add(rows: number, left: Float64Array): void {
    this.values[0] = this.rows + rows;
    for (let i = 0; i < left.length; i++) {
      const at = 1 + (i % STATISTICS);
      this.values[at] = (this.values[at] ?? 0) + (left[i] ?? 0);
    }
  }

  get rows(): number {
    return this.values[0] ?? 0;
  }

  /** Mean loss, as it is learnt from: half the squared error, or the cross-entropy. */
  get loss(): number {
    return this.#sum('loss') / this.rows;
  }

  /** Names as AWS has them. */
  metrics(predictor: 'binary_classifier' | 'regressor'): { name: string; kind: 'loss' | 'score'; value: number }[] {
    const { rows } = this;
    if (predictor === 'regressor')
      return [
        { name: 'rmse', kind: 'loss', value: Math.sqrt(this.#sum('squares') / rows) },
        { name: 'mse', kind: 'loss', value: this.#sum('squares') / rows },
        { name: 'absolute_loss', kind: 'loss', value: this.#sum('distances') / rows },
      ];
    const hits = this.#sum('truePositives');
    const misses = this.#sum('falsePositives') + this.#sum('falseNegatives');
    return [
      { name: 'binary_classification_accuracy', kind: 'score', value: (hits + this.#sum('trueNegatives')) / rows },
      { name: 'binary_classification_cross_entropy', kind: 'loss', value: this.loss },
      // Beta is 1. Without a positive label or prediction there is nothing to be right about.
      { name: 'binary_f_beta', kind: 'score', value: hits + misses === 0 ? 0 : (2 * hits) / (2 * hits + misses) },
    ];
  }

  #sum(name: (typeof names)[number]): number {
    return this.values[1 + names.indexOf(name)] ?? 0;
  }
}

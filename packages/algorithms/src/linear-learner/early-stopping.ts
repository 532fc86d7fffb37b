/** Per model: whether its loss still falls, and at what learning rate it goes on. */

export interface StoppingOptions {
  readonly models: number;
  /** Epochs without improvement that end a model's training. */
  readonly patience: number;
  /** An improvement by less than this part of the best loss counts as none. */
  readonly tolerance: number;
}

export class EarlyStopping {
  /** Of each model, the loss that the last improvement reached. */
  readonly #reference: Float64Array;
  readonly #least: Float64Array;
  readonly #waited: Int32Array;
  readonly #options: StoppingOptions;

  constructor(options: StoppingOptions) {
    this.#options = options;
    this.#reference = new Float64Array(options.models).fill(Number.POSITIVE_INFINITY);
    this.#least = this.#reference.slice();
    this.#waited = new Int32Array(options.models);
  }

  /** All that it remembers: where it lies, to be copied from and to. */
  get state(): Readonly<Record<string, Float64Array | Int32Array>> {
    return { reference: this.#reference, least: this.#least, waited: this.#waited };
  }

  /** Takes the losses of an epoch and returns the models that have never been better. A loss that is not finite stops its model. */
  observe(losses: ArrayLike<number>): number[] {
    const best: number[] = [];
    for (let model = 0; model < this.#options.models; model++) {
      if (this.hasStopped(model)) continue;
      const loss = losses[model] ?? Number.NaN;
      if (!Number.isFinite(loss)) {
        this.#waited[model] = this.#options.patience;
        continue;
      }
      if (loss < (this.#least[model] ?? 0)) {
        this.#least[model] = loss;
        best.push(model);
      }
      const reference = this.#reference[model] ?? 0;
      if (reference === Number.POSITIVE_INFINITY || reference - loss > this.#options.tolerance * Math.abs(reference)) {
        this.#reference[model] = loss;
        this.#waited[model] = 0;
      } else this.#waited[model] = (this.#waited[model] ?? 0) + 1;
    }
    return best;
  }

  /** Whether the last epoch improved the model. */
  hasImproved(model: number): boolean {
    return this.#waited[model] === 0;
  }

  hasStopped(model: number): boolean {
    return (this.#waited[model] ?? 0) >= this.#options.patience;
  }

  get allStopped(): boolean {
    return this.#waited.every((_, model) => this.hasStopped(model));
  }
}

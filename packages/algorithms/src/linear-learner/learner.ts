/** What learns: one or many models over the same rows. */

/** Normalised rows in kernel memory. */
export interface LabelledRows {
  readonly rows: number;
  readonly values: number;
  readonly labels: number;
}

export interface Parameters {
  /** outputs × columns. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

export interface Learner {
  /** Learning rate of each model from now on; 0 stops it. */
  setRates(rates: ArrayLike<number>): void;
  /** One update; returns the sum of losses per model before it. Valid until the next call of any method. */
  learn(rows: LabelledRows): Float64Array;
  /**
   * The first half of an update: the sum of losses per model, as {@link learn} returns it, and the sums of gradients over the rows, which may be changed
   * before {@link step}. No rows give zeros.
   */
  gradients(rows: LabelledRows): { readonly losses: Float64Array; readonly gradients: Float32Array };
  /** The second half: moves the weights by the gradients, which are sums over so many rows. */
  step(rows: number): void;
  /** Sum of losses per model. Valid until the next call of any method. */
  losses(rows: LabelledRows): Float64Array;
  /** Writes the scores (rows × outputs) of some models, one array per model. */
  scores(rows: LabelledRows, models: readonly number[], targets: readonly Float32Array[]): void;
  /** Keeps a model as it is now, for {@link best}. */
  keep(model: number): void;
  /** Every model goes back to what was kept of it, if anything was. */
  restoreKept(): void;
  parameters(model: number): Parameters;
  /** All that a checkpoint must hold beside the number of updates: where it lies, to be copied from and to. */
  readonly state: Readonly<Record<string, Float32Array | Uint8Array>>;
  /** After {@link state} was filled: so many updates have been made. */
  resume(updates: number): void;
  release(): void;
}

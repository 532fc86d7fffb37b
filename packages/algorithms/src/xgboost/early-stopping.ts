/** Stops when the last metric of the last data has not improved for some rounds. */

export class EarlyStopping {
  readonly #patience: number;
  readonly #maximize: boolean;
  #best: { readonly round: number; readonly score: number } | undefined;

  /** `best`: what a training that goes on remembers. */
  constructor(patience: number, maximize: boolean, best?: { readonly round: number; readonly score: number }) {
    this.#patience = patience;
    this.#maximize = maximize;
    this.#best = best;
  }

  get best(): { readonly round: number; readonly score: number } | undefined {
    return this.#best;
  }

  /** Returns whether to stop after this round. */
  judge(round: number, score: number): boolean {
    const best = this.#best;
    const better = best === undefined || (this.#maximize ? score > best.score : score < best.score);
    if (better) this.#best = { round, score };
    return round - (this.#best?.round ?? round) >= this.#patience;
  }
}

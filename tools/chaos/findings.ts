/** In characters: an error may quote a whole request. */
const longestFinding = 1000;

/** What a run found wrong. It goes on after a finding, because the next one may say more. */
export class Findings {
  /** How often each was found. */
  readonly #counts = new Map<string, number>();

  add(finding: string): void {
    const text = finding.slice(0, longestFinding);
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  expect(holds: boolean, finding: string): void {
    if (!holds) this.add(finding);
  }

  get list(): readonly string[] {
    return [...this.#counts].map(([text, count]) => (count === 1 ? text : `${count} times: ${text}`));
  }
}

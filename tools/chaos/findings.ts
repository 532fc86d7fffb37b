/** In characters: an error may quote a whole request. */
const longestFinding = 1000;

/** What a run found wrong. It goes on after a finding, because the next one may say more. */
export class Findings {
  readonly #list: string[] = [];

  add(finding: string): void {
    this.#list.push(finding.slice(0, longestFinding));
  }

  expect(holds: boolean, finding: string): void {
    if (!holds) this.add(finding);
  }

  get list(): readonly string[] {
    return this.#list;
  }
}

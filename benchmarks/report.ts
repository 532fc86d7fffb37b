/** How every benchmark tells what it found: a line per claim for the reader, and the same as data for `npm run bench`. */
import { appendFileSync } from 'node:fs';

export interface Finding {
  /** What was measured, e.g. `k-means, 500,000 x 32, k = 64, train only`. */
  readonly measure: string;
  /** Ours, with its unit. */
  readonly ours: string;
  /** The peer measured in the same run, with its unit and name; absent where the claim is a plain limit. */
  readonly peer?: string;
  /** Ours divided by the peer's; below 1 is faster. */
  readonly ratio?: number;
  /** The claim, e.g. `ratio ≤ 1.0` or `≤ 150 MB`. */
  readonly target: string;
  readonly holds: boolean;
}

/** Prints the findings, hands them to `npm run bench`, and makes the process fail when a claim does not hold. */
export function report(
  benchmark: string,
  findings: readonly Finding[],
  versions: Readonly<Record<string, string>> = {},
): void {
  for (const { measure, ours, peer, ratio, target, holds } of findings) {
    const against = peer === undefined ? '' : ` against ${peer}`;
    const quotient = ratio === undefined ? '' : `, ratio ${ratio.toFixed(2)}`;
    console.log(`${measure}: ${ours}${against}${quotient} (claim: ${target}): ${holds ? 'holds' : 'MISSED'}`);
  }
  const file = process.env['RUNG_BENCH_FINDINGS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ benchmark, findings, versions })}\n`);
  if (findings.some(({ holds }) => !holds)) process.exitCode = 1;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param share from 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

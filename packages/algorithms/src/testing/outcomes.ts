/** What is asserted of trainings that ended. */
import assert from 'node:assert/strict';
import type { Algorithm } from '../algorithm.ts';
import type { TrainingOutcome } from './training-folder.ts';

export async function succeeded(running: Promise<TrainingOutcome>): Promise<TrainingOutcome> {
  const outcome = await running;
  assert.equal(outcome.exitCode, 0, `${outcome.failure}\n${outcome.log.join('\n')}`);
  assert.ok(outcome.model.size > 0, 'there is a model');
  return outcome;
}

export function assertSameModel(
  actual: TrainingOutcome['model'],
  expected: TrainingOutcome['model'],
  what: string,
): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted(), what);
  for (const [file, bytes] of expected)
    assert.ok(Buffer.from(bytes).equals(actual.get(file) ?? new Uint8Array()), `${what}: ${file} differs`);
}

/** The values of a metric in a log, as the platform finds them. */
export function scraped(algorithm: Algorithm, name: string, log: readonly string[]): string[] {
  const metric = algorithm.metrics.find((candidate) => candidate.name === name);
  assert.ok(metric !== undefined, `metric ${name} is declared`);
  return log.flatMap((line) => new RegExp(metric.regex).exec(line)?.[1] ?? []);
}

/** Asserts that each of these metrics is in the log, and is a number. */
export function assertLogged(algorithm: Algorithm, names: readonly string[], log: readonly string[]): void {
  for (const name of [...names, 'train:progress', 'train:throughput']) {
    const values = scraped(algorithm, name, log);
    assert.ok(
      values.length > 0 && values.every((value) => Number.isFinite(Number(value))),
      `${name}: ${log.join('\n')}`,
    );
  }
}

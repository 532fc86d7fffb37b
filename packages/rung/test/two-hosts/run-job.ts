/** One job of `two-hosts/train.ts` or `train.py`, followed to its end and interrupted on the way if asked. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { NodeScript, PyTorch, type ScriptOptions, type Session, TrainingJob } from '@rung/sdk';
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';

export interface HostsJob extends Partial<ScriptOptions> {
  readonly script: 'train.ts' | 'train.py';
  readonly jobName: string;
  /** Take the instances away when this step is done. */
  readonly interruptAt?: number;
}

export interface HostsResult {
  readonly lines: readonly string[];
  readonly weights: readonly number[];
  readonly statuses: readonly string[];
  readonly description: DescribeTrainingJobResponse;
}

export async function runHostsJob(
  session: Session,
  { script, jobName, interruptAt, ...options }: HostsJob,
): Promise<HostsResult> {
  const complete = { ...options, entryPoint: join(import.meta.dirname, script), session };
  const estimator = script === 'train.ts' ? new NodeScript(complete) : new PyTorch(complete);
  const lines: string[] = [];
  const statuses: string[] = [];
  let interrupted: Promise<void> | undefined;
  const job = await estimator.fit(
    {},
    {
      jobName,
      onEvent: (event) => {
        if (event.type === 'status') statuses.push(event.status);
        if (event.type !== 'log') return;
        lines.push(event.line);
        if (event.line === `step ${interruptAt}`) interrupted ??= new TrainingJob(session, jobName).interrupt();
      },
    },
  );
  await interrupted;
  const told = lines.findLast((line) => line.startsWith('weights '));
  assert.ok(told !== undefined, lines.join('\n'));
  const weights = JSON.parse(told.slice('weights '.length)) as number[]; // printed by the script
  return { lines, weights, statuses, description: await job.describe() };
}

export function assertNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of actual.entries())
    assert.ok(
      Math.abs(value - (expected[index] ?? Number.NaN)) <= tolerance,
      `${value} is not near ${expected[index]}`,
    );
}

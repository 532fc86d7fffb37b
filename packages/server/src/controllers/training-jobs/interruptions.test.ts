import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { interruptTrainingJob } from '../../services/sagemaker/training-jobs/interrupt-training-job.ts';
import { until } from '../../testing/test-resources.ts';
import { nextInterruption } from './next-interruption.ts';
import { defaultSpotSettings, parseSpotSettings } from './spot-settings.ts';
import { type TrainingFixture, trainingFixture } from './testing/training-fixture.ts';

const spot: Partial<CreateTrainingJobRequest> = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 100, MaxWaitTimeInSeconds: 1000 },
};

/** A spot job whose first attempt is Training, on a controller that runs. */
async function training(t: TestContext, request = spot): Promise<{ jobs: TrainingFixture; first: string }> {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn', request);
  const first = await jobs.started('churn');
  jobs.engine.enter(first, 'downloading');
  jobs.engine.enter(first, 'running');
  await jobs.reaches('churn', 'Training');
  return { jobs, first };
}

function interrupt(jobs: TrainingFixture): Promise<void> {
  return interruptTrainingJob(jobs.resources, 'churn');
}

function ladder(job: DescribeTrainingJobResponse): string[] {
  return (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status);
}

async function called(jobs: TrainingFixture, call: string): Promise<void> {
  await until(call, () => jobs.engine.calls.includes(call));
}

test('an interrupted job starts again on fresh instances, and only its running is billed', async (t) => {
  const { jobs, first } = await training(t);
  await jobs.clock.advance(30_000);
  await interrupt(jobs);
  await jobs.reaches('churn', 'Interrupted');
  await called(jobs, `interrupt ${first}`);
  await jobs.clock.advance(10_000);
  jobs.engine.exit(first, { reason: 'interrupted', code: 0 });
  const second = await jobs.started('churn', 2);
  assert.equal(jobs.engine.workload(first), undefined);
  await jobs.clock.advance(20_000);
  jobs.engine.enter(second, 'downloading');
  jobs.engine.enter(second, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.clock.advance(40_000);
  jobs.engine.exit(second, { reason: 'completed', code: 0 });
  const job = await jobs.reaches('churn', 'Completed');
  assert.deepEqual(ladder(job), [
    'Starting',
    'Downloading',
    'Training',
    'Interrupted',
    'Starting',
    'Downloading',
    'Training',
    'Completed',
  ]);
  assert.equal(job.TrainingTimeInSeconds, 100);
  assert.equal(job.BillableTimeInSeconds, 80);
});

for (const phase of ['pending', 'preparing', 'downloading', 'running', 'uploading'] as const) {
  test(`an interruption while the instances are ${phase} leads to another attempt`, async (t) => {
    const jobs = await trainingFixture(t);
    await jobs.control();
    await jobs.create('churn', spot);
    const first = await jobs.started('churn');
    await until('it is launched', async () => (await jobs.row('churn')).status.launchedAt !== undefined);
    if (phase !== 'pending') jobs.engine.enter(first, phase);
    await interrupt(jobs);
    await called(jobs, `interrupt ${first}`);
    jobs.engine.exit(first, { reason: 'interrupted' });
    const second = await jobs.started('churn', 2);
    jobs.engine.enter(second, 'running');
    jobs.engine.exit(second, { reason: 'completed', code: 0 });
    assert.equal((await jobs.reaches('churn', 'Completed')).TrainingJobStatus, 'Completed');
  });
}

test('a program that was done before the signal is Completed, and one that had failed is Failed', async (t) => {
  const done = await training(t);
  await interrupt(done.jobs);
  await called(done.jobs, `interrupt ${done.first}`);
  done.jobs.engine.exit(done.first, { reason: 'completed', code: 0 });
  assert.deepEqual(ladder(await done.jobs.reaches('churn', 'Completed')).at(-2), 'Interrupted');

  const failed = await training(t);
  await interrupt(failed.jobs);
  await called(failed.jobs, `interrupt ${failed.first}`);
  failed.jobs.engine.exit(failed.first, { reason: 'program-failed', code: 4, message: 'bad row' });
  assert.equal((await failed.jobs.reaches('churn', 'Failed')).FailureReason, 'AlgorithmError: bad row, exit code: 4');
});

test('instances that are lost while they are taken away cost no retry', async (t) => {
  const { jobs, first } = await training(t, { ...spot, RetryStrategy: { MaximumRetryAttempts: 1 } });
  await interrupt(jobs);
  await called(jobs, `interrupt ${first}`);
  jobs.engine.exit(first, { reason: 'lost', message: 'gone' });
  const second = await jobs.started('churn', 2);
  jobs.engine.enter(second, 'running');
  jobs.engine.exit(second, { reason: 'lost', message: 'gone' });
  const third = await jobs.started('churn', 3);
  jobs.engine.enter(third, 'running');
  jobs.engine.exit(third, { reason: 'lost', message: 'gone' });
  assert.match((await jobs.reaches('churn', 'Failed')).FailureReason ?? '', /^InternalServerError: .* lost 3 times/);
});

test('a job that is stopped while it is interrupted is Stopped, and does not start again', async (t) => {
  const { jobs, first } = await training(t);
  await interrupt(jobs);
  await called(jobs, `interrupt ${first}`);
  await jobs.stop('churn');
  await called(jobs, `stop ${first}`);
  jobs.engine.exit(first, { reason: 'interrupted' });
  const job = await jobs.reaches('churn', 'Stopped');
  await jobs.cleared(first);
  assert.equal(job.TrainingJobStatus, 'Stopped');
  assert.equal(jobs.engine.workload('training-job/churn/2'), undefined);
});

test('MaxWaitTime ends a job that is being interrupted, and one that waits for its next instances', async (t) => {
  const during = await training(t);
  await interrupt(during.jobs);
  await called(during.jobs, `interrupt ${during.first}`);
  during.jobs.engine.onStop = (id) => during.jobs.engine.exit(id, { reason: 'interrupted' });
  await during.jobs.clock.advance(1_000_000);
  const job = await during.jobs.reaches('churn', 'MaxWaitTimeExceeded');
  assert.equal(job.TrainingJobStatus, 'Stopped');

  const jobs = await trainingFixture(t, { maxConcurrentJobs: 1 });
  await jobs.control();
  await jobs.create('first');
  await jobs.started('first');
  await jobs.create('churn', spot);
  await jobs.reaches('churn', 'Pending');
  await jobs.clock.advance(1_000_000);
  const waited = await jobs.reaches('churn', 'MaxWaitTimeExceeded');
  assert.equal(waited.TrainingJobStatus, 'Stopped');
  assert.equal(waited.BillableTimeInSeconds, undefined);
});

test('MaxRuntime counts what all attempts ran, and not the waiting between them', async (t) => {
  const { jobs, first } = await training(t);
  await jobs.clock.advance(60_000);
  await interrupt(jobs);
  await called(jobs, `interrupt ${first}`);
  jobs.engine.exit(first, { reason: 'interrupted' });
  const second = await jobs.started('churn', 2);
  await jobs.clock.advance(300_000);
  jobs.engine.enter(second, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.clock.advance(35_000);
  assert.equal((await jobs.describe('churn')).SecondaryStatus, 'Training');
  jobs.engine.onStop = (id) => jobs.engine.exit(id, { reason: 'stopped' });
  await jobs.clock.advance(6_000);
  await jobs.reaches('churn', 'MaxRuntimeExceeded');
});

test('only spot jobs that have instances can be interrupted', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 1 });
  await assert.rejects(interrupt(jobs), { message: 'Requested resource not found.' });
  await jobs.create('churn');
  await assert.rejects(interrupt(jobs), /does not run on Spot instances.*EnableManagedSpotTraining/);

  const waiting = await trainingFixture(t);
  await waiting.create('churn', spot);
  await assert.rejects(interrupt(waiting), /has no instances that could be taken away: it is Starting/);
  await waiting.control();
  const id = await waiting.started('churn');
  waiting.engine.exit(id, { reason: 'completed', code: 0 });
  await waiting.reaches('churn', 'Completed');
  await assert.rejects(interrupt(waiting), /the training job is in status Completed/);
});

test('a control plane that dies between the signal and the end finds the job again', async (t) => {
  const jobs = await trainingFixture(t);
  const loop = await jobs.control();
  await jobs.create('churn', spot);
  const first = await jobs.started('churn');
  jobs.engine.enter(first, 'running');
  await jobs.reaches('churn', 'Training');
  await interrupt(jobs);
  await called(jobs, `interrupt ${first}`);
  await loop.stop();
  jobs.engine.exit(first, { reason: 'interrupted' });
  await jobs.clock.advance(5_000);
  await jobs.control();
  await jobs.started('churn', 2);
});

test('a rate interrupts spot jobs at moments that seed, name and attempt decide', async (t) => {
  const job = { name: 'churn', spec: { request: { EnableManagedSpotTraining: true }, engine: 'fake' } };
  const settings = { ...defaultSpotSettings, interruptionsPerHour: 60, seed: 7 };
  const at = (attempt: number, changes = settings): number | undefined =>
    // Safe: nothing else of the request is read.
    nextInterruption(
      job as Parameters<typeof nextInterruption>[0],
      { attempt, runStartedAt: new Date(0).toISOString() },
      changes,
    );
  assert.equal(at(1), at(1));
  assert.notEqual(at(1), at(2));
  assert.notEqual(at(1), at(1, { ...settings, seed: 8 }));
  assert.equal(at(1, defaultSpotSettings), undefined);
  const moments = Array.from({ length: 2000 }, (_, attempt) => at(attempt) ?? 0);
  const mean = moments.reduce((sum, ms) => sum + ms, 0) / moments.length;
  assert.ok(mean > 54_000 && mean < 66_000, `once a minute, but ${mean} ms`);

  const jobs = await trainingFixture(t, { spot: settings });
  await jobs.control();
  await jobs.create('churn', spot);
  const first = await jobs.started('churn');
  jobs.engine.enter(first, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.clock.advance((at(1) ?? 0) + 10);
  await called(jobs, `interrupt ${first}`);
});

test('a discount makes spot jobs cheaper, and what spot accepts is checked', async (t) => {
  const jobs = await trainingFixture(t, { spot: { ...defaultSpotSettings, discount: 0.7 } });
  await jobs.control();
  await jobs.create('churn', spot);
  const id = await jobs.started('churn');
  jobs.engine.enter(id, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.clock.advance(50_000);
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  const job = await jobs.reaches('churn', 'Completed');
  assert.deepEqual([job.TrainingTimeInSeconds, job.BillableTimeInSeconds], [50, 15]);
  assert.equal(parseSpotSettings({ graceSeconds: 5 })?.graceSeconds, 5);
  for (const wrong of [[], 'often', { rate: 1 }, { discount: 1 }, { seed: 0.5 }, { graceSeconds: 121 }])
    assert.equal(parseSpotSettings(wrong), undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateTrainingJobRequest, WarmPoolResourceStatus } from '@rung/wire/types/sagemaker';
import { trainingJobHandlers } from '../../services/sagemaker/training-jobs/index.ts';
import { called } from '../../testing/called.ts';
import { testContext, until } from '../../testing/test-resources.ts';
import { type TrainingFixture, trainingFixture } from './testing/training-fixture.ts';

function keeping(seconds: number, more: Partial<CreateTrainingJobRequest['ResourceConfig']> = {}) {
  const ResourceConfig = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 } as const;
  return { ResourceConfig: { ...ResourceConfig, KeepAlivePeriodInSeconds: seconds, ...more } };
}

/** Runs a job to its end. */
async function run(jobs: TrainingFixture, name: string, request: Partial<CreateTrainingJobRequest>): Promise<void> {
  await jobs.create(name, request);
  const id = await jobs.started(name);
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  await jobs.reaches(name, 'Completed');
  await jobs.cleared(id);
}

async function pool(jobs: TrainingFixture, name: string, status: WarmPoolResourceStatus) {
  await until(`the pool of ${name} is ${status}`, async () => {
    const job = await jobs.describe(name);
    return job.WarmPoolStatus?.Status === status;
  });
  return (await jobs.describe(name)).WarmPoolStatus;
}

function update(jobs: TrainingFixture, name: string, seconds: number): Promise<unknown> {
  const input = { TrainingJobName: name, ResourceConfig: { KeepAlivePeriodInSeconds: seconds } };
  return called(trainingJobHandlers(jobs.resources).UpdateTrainingJob)(input, testContext());
}

test('what a job leaves is Available, then Reused by one that matches, which leaves it in turn', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await run(jobs, 'first', keeping(600));
  await pool(jobs, 'first', 'Available');
  await jobs.clock.advance(90_000);
  await jobs.create('second', keeping(300));
  const id = await jobs.started('second');
  assert.deepEqual(jobs.engine.workload(id)?.retained, { take: 'first', leave: 'second' });
  assert.deepEqual(await pool(jobs, 'first', 'Reused'), {
    Status: 'Reused',
    ResourceRetainedBillableTimeInSeconds: 90,
    ReusedByJob: 'second',
  });
  await pool(jobs, 'second', 'InUse');
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'program-failed', code: 1 });
  await jobs.reaches('second', 'Failed');
  await pool(jobs, 'second', 'Available');
  await jobs.clock.advance(300_000);
  assert.equal((await pool(jobs, 'second', 'Terminated'))?.ResourceRetainedBillableTimeInSeconds, 300);
  assert.deepEqual(await jobs.engine.retained(), []);
});

test('jobs that differ in role, type, count or volume start without what was kept', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await run(jobs, 'first', keeping(600));
  await pool(jobs, 'first', 'Available');
  const others = [
    { ...keeping(0), RoleArn: 'arn:aws:iam::000000000000:role/another' },
    keeping(0, { InstanceType: 'ml.m5.xlarge' }),
    keeping(0, { InstanceCount: 2 }),
    keeping(0, { VolumeSizeInGB: 31 }),
  ];
  for (const [index, request] of others.entries()) {
    await jobs.create(`other-${index}`, request);
    assert.equal(jobs.engine.workload(await jobs.started(`other-${index}`))?.retained?.take, undefined);
    jobs.engine.exit(`training-job/other-${index}/1`, { reason: 'completed', code: 0 });
    await jobs.reaches(`other-${index}`, 'Completed');
  }
  await jobs.create('same', keeping(0));
  assert.deepEqual(jobs.engine.workload(await jobs.started('same'))?.retained, { take: 'first' });
  jobs.engine.exit('training-job/same/1', { reason: 'completed', code: 0 });
  await jobs.reaches('same', 'Completed');
  assert.equal((await pool(jobs, 'same', 'Terminated'))?.ResourceRetainedBillableTimeInSeconds, 0);
});

test('of two jobs that start at once, one gets what was kept', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 4 });
  await jobs.control();
  await run(jobs, 'first', keeping(600));
  await pool(jobs, 'first', 'Available');
  await Promise.all(['a', 'b'].map((name) => jobs.create(name, keeping(0))));
  const taken = await Promise.all(
    ['a', 'b'].map(async (name) => jobs.engine.workload(await jobs.started(name))?.retained?.take),
  );
  assert.deepEqual(
    taken.filter((name) => name !== undefined),
    ['first'],
  );
});

test('UpdateTrainingJob gives a pool up, or keeps it longer; a pool that is there keeps its job from being deleted', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await run(jobs, 'first', keeping(60));
  await pool(jobs, 'first', 'Available');
  await assert.rejects(jobs.delete('first'), /warm pool of training job first is Available/);
  await update(jobs, 'first', 600);
  await jobs.clock.advance(100_000);
  await pool(jobs, 'first', 'Available');
  assert.equal((await jobs.describe('first')).ResourceConfig?.KeepAlivePeriodInSeconds, 600);
  await update(jobs, 'first', 0);
  assert.equal((await pool(jobs, 'first', 'Terminated'))?.ResourceRetainedBillableTimeInSeconds, 100);
  await assert.rejects(update(jobs, 'first', 60), /warm pool of training job first is not Available/);
  await jobs.delete('first');
});

test('a job that the platform lost leaves nothing', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('first', { ...keeping(600), RetryStrategy: { MaximumRetryAttempts: 1 } });
  for (const attempt of [1, 2]) {
    const id = await jobs.started('first', attempt);
    jobs.engine.enter(id, 'running');
    jobs.engine.exit(id, { reason: 'lost', message: 'gone' });
  }
  await jobs.reaches('first', 'Failed');
  await jobs.cleared('training-job/first/2');
  assert.equal((await jobs.describe('first')).WarmPoolStatus, undefined);
});

test('the next control plane finds what is kept, and frees what nobody can have', async (t) => {
  const jobs = await trainingFixture(t);
  const loop = await jobs.control();
  await run(jobs, 'first', keeping(600));
  await pool(jobs, 'first', 'Available');
  await run(jobs, 'other', keeping(600, { VolumeSizeInGB: 31 }));
  await pool(jobs, 'other', 'Available');
  await loop.stop();
  await jobs.resources.store.remove('training-job', 'other');
  await jobs.control();
  assert.deepEqual(await jobs.engine.retained(), ['first']);
  await jobs.create('second', keeping(0));
  assert.deepEqual(jobs.engine.workload(await jobs.started('second'))?.retained, { take: 'first' });
});

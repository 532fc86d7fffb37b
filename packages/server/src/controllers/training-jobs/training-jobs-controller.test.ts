import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { until } from '../../testing/test-resources.ts';
import { trainingFixture } from './testing/training-fixture.ts';

function ladder(job: DescribeTrainingJobResponse): string[] {
  return (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status);
}

test('a job climbs the whole ladder and is cleared away', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn');
  const id = await jobs.started('churn');
  await jobs.reaches('churn', 'Starting');
  await jobs.clock.advance(1_000);
  jobs.engine.enter(id, 'preparing');
  jobs.engine.enter(id, 'downloading');
  await jobs.reaches('churn', 'Downloading');
  await jobs.clock.advance(2_000);
  jobs.engine.enter(id, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.clock.advance(30_000);
  jobs.engine.enter(id, 'uploading', {
    finalMetrics: [{ name: 'loss', value: 0.5, at: jobs.clock.now().toISOString() }],
  });
  await jobs.reaches('churn', 'Uploading');
  await jobs.clock.advance(1_000);
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  const job = await jobs.reaches('churn', 'Completed');
  await jobs.cleared(id);

  assert.equal(job.TrainingJobStatus, 'Completed');
  assert.deepEqual(ladder(job), ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']);
  assert.ok(job.SecondaryStatusTransitions?.every(({ StatusMessage, EndTime }) => StatusMessage && EndTime));
  assert.equal(job.TrainingTimeInSeconds, 33);
  assert.equal(job.BillableTimeInSeconds, 33);
  assert.deepEqual(
    job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value]),
    [['loss', 0.5]],
  );
  assert.equal(job.ModelArtifacts.S3ModelArtifacts, 's3://data/models/churn/output/model.tar.gz');
  assert.equal(job.FailureReason, undefined);
});

test('a job whose program fails is Failed, with its reason', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn');
  const id = await jobs.started('churn');
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'program-failed', code: 3, message: 'no label' });
  const job = await jobs.reaches('churn', 'Failed');
  assert.equal(job.TrainingJobStatus, 'Failed');
  assert.equal(job.FailureReason, 'AlgorithmError: no label, exit code: 3');
});

test('one failed instance ends the others and the job', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn', { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } });
  const id = await jobs.started('churn');
  jobs.engine.onStop = (stopped) => jobs.engine.exit(stopped, { reason: 'stopped' }, {}, 1);
  jobs.engine.enter(id, 'running');
  await jobs.clock.advance(1);
  jobs.engine.exit(id, { reason: 'program-failed', code: 1, message: 'bad row' }, {}, 0);
  const job = await jobs.reaches('churn', 'Failed');
  assert.ok(jobs.engine.calls.includes(`abandon ${id}`));
  assert.equal(job.FailureReason, 'AlgorithmError: bad row, exit code: 1');
});

test('a job over its MaxRuntime is stopped, keeps its outputs and is Stopped', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn', { StoppingCondition: { MaxRuntimeInSeconds: 60 } });
  const id = await jobs.started('churn');
  jobs.engine.enter(id, 'downloading');
  jobs.engine.enter(id, 'running');
  await jobs.reaches('churn', 'Training');
  for (let second = 0; second < 60; second += 5) {
    assert.ok(!jobs.engine.calls.includes(`stop ${id}`), `stopped after ${second} s`);
    await until(
      'the loop sleeps',
      async () => ((await jobs.resources.store.nextDue('training-job'))?.getTime() ?? 0) > jobs.clock.now().getTime(),
    );
    await jobs.clock.advance(5_000);
  }
  await jobs.reaches('churn', 'Stopping');
  jobs.engine.enter(id, 'uploading');
  await jobs.reaches('churn', 'Uploading');
  jobs.engine.exit(id, { reason: 'stopped' });
  const job = await jobs.reaches('churn', 'MaxRuntimeExceeded');
  assert.equal(job.TrainingJobStatus, 'Stopped');
  assert.deepEqual(ladder(job), ['Starting', 'Downloading', 'Training', 'Stopping', 'Uploading', 'MaxRuntimeExceeded']);
  assert.ok(!jobs.engine.calls.includes(`abandon ${id}`));
});

test('a spot job that waits and runs longer than MaxWaitTime is stopped', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  const StoppingCondition = { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 60 };
  await jobs.create('churn', { EnableManagedSpotTraining: true, StoppingCondition });
  const id = await jobs.started('churn');
  jobs.engine.onStop = (stopped) => jobs.engine.exit(stopped, { reason: 'stopped' });
  await until(
    'the launch is written',
    async () =>
      (await jobs.describe('churn')).SecondaryStatusTransitions?.at(-1)?.StatusMessage ===
      'Launching requested ML instances',
  );
  await jobs.clock.advance(61_000);
  const job = await jobs.reaches('churn', 'MaxWaitTimeExceeded');
  assert.equal(job.TrainingJobStatus, 'Stopped');
  await jobs.cleared(id);
});

test('a stop during training ends the program and keeps what it stored', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn');
  const id = await jobs.started('churn');
  jobs.engine.enter(id, 'running');
  await jobs.reaches('churn', 'Training');
  await jobs.stop('churn');
  assert.equal((await jobs.describe('churn')).TrainingJobStatus, 'Stopping');
  await until('the engine is told', () => jobs.engine.calls.includes(`stop ${id}`));
  jobs.engine.enter(id, 'uploading');
  jobs.engine.exit(id, { reason: 'stopped' });
  const job = await jobs.reaches('churn', 'Stopped');
  assert.equal(job.TrainingJobStatus, 'Stopped');
  assert.equal(job.FailureReason, undefined);
});

test('a stop before the job had its turn needs no engine', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.create('churn');
  await jobs.stop('churn');
  await jobs.control();
  await jobs.reaches('churn', 'Stopped');
  assert.ok(!jobs.engine.calls.some((call) => call.startsWith('start')));
});

test('race: a job that was done before the stop reached it is Completed', async (t) => {
  const jobs = await trainingFixture(t);
  const loop = await jobs.control();
  await jobs.create('churn');
  const id = await jobs.started('churn');
  await jobs.reaches('churn', 'Starting');
  await loop.stop();
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  await jobs.stop('churn');
  await jobs.control();
  assert.equal((await jobs.reaches('churn', 'Completed')).TrainingJobStatus, 'Completed');
});

test('race: a stop that comes while the engine starts the job still stops it', async (t) => {
  const jobs = await trainingFixture(t);
  const start = jobs.engine.start.bind(jobs.engine);
  jobs.engine.start = async (workload) => {
    await start(workload);
    await jobs.stop('churn');
  };
  jobs.engine.onStop = (id) => jobs.engine.exit(id, { reason: 'stopped' });
  await jobs.control();
  await jobs.create('churn');
  await jobs.reaches('churn', 'Stopped');
  await jobs.cleared('training-job/churn/1');
});

test('more jobs than slots wait as Pending, and the oldest is next', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 1 });
  await jobs.control();
  const names = ['c', 'b', 'a'];
  for (const name of names) {
    await jobs.create(name);
    await jobs.clock.advance(10);
  }
  await jobs.reaches('b', 'Pending');
  await jobs.reaches('a', 'Pending');
  for (const name of names) {
    const id = await jobs.started(name);
    assert.deepEqual(await jobs.engine.list(), [id]);
    jobs.engine.enter(id, 'running');
    jobs.engine.exit(id, { reason: 'completed', code: 0 });
    await jobs.reaches(name, 'Completed');
    await jobs.cleared(id);
  }
});

test('a job that is pending longer than it allows is Stopped, and was never started', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 1 });
  await jobs.control();
  await jobs.create('first');
  await jobs.started('first');
  await jobs.create('second', { StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 } });
  await jobs.reaches('second', 'Pending');
  await jobs.clock.advance(7_200_000);
  const job = await jobs.reaches('second', 'Stopped');
  assert.equal(
    job.SecondaryStatusTransitions?.at(-1)?.StatusMessage,
    'Training job was pending longer than MaxPendingTimeInSeconds provided',
  );
  assert.equal(jobs.engine.workload('training-job/second/1'), undefined);
});

test('100 jobs at once all complete, none twice', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 4 });
  const start = jobs.engine.start.bind(jobs.engine);
  let most = 0;
  jobs.engine.start = async (workload) => {
    await start(workload);
    most = Math.max(most, (await jobs.engine.list()).length);
    setImmediate(() => jobs.engine.exit(workload.id, { reason: 'completed', code: 0 }));
  };
  await jobs.control();
  const names = Array.from({ length: 100 }, (_, index) => `job-${index}`);
  await Promise.all(names.map((name) => jobs.create(name)));
  for (const name of names) await jobs.reaches(name, 'Completed');
  await until('everything is cleared away', async () => (await jobs.engine.list()).length === 0);
  assert.ok(most <= 4, `${most} ran at once`);
  assert.deepEqual(
    jobs.engine.calls.filter((call) => call.startsWith('start')).sort(),
    names.map((name) => `start training-job/${name}/1`).sort(),
  );
});

test('a job that the platform lost is started again, as a new attempt', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn');
  const first = await jobs.started('churn');
  jobs.engine.enter(first, 'running');
  await jobs.reaches('churn', 'Training');
  jobs.engine.exit(first, { reason: 'lost', message: 'the worker was killed' });
  const second = await jobs.started('churn', 2);
  await jobs.cleared(first);
  jobs.engine.enter(second, 'downloading');
  jobs.engine.enter(second, 'running');
  jobs.engine.exit(second, { reason: 'completed', code: 0 });
  const job = await jobs.reaches('churn', 'Completed');
  assert.deepEqual(ladder(job), [
    'Starting',
    'Training',
    'Restarting',
    'Starting',
    'Downloading',
    'Training',
    'Completed',
  ]);
});

test('a job that is lost again and again fails as the platform’s fault', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn', { RetryStrategy: { MaximumRetryAttempts: 2 } });
  for (const attempt of [1, 2, 3]) {
    const id = await jobs.started('churn', attempt);
    await jobs.reaches('churn', 'Starting');
    jobs.engine.exit(id, { reason: 'lost', message: 'power cut' });
    await jobs.cleared(id);
  }
  const job = await jobs.reaches('churn', 'Failed');
  assert.equal(
    job.FailureReason,
    'InternalServerError: The machine or the worker that ran this job was lost 3 times. power cut',
  );
});

test('a control plane that was shut down in order, which clears all workloads away, uses up no retry', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.create('churn', { RetryStrategy: { MaximumRetryAttempts: 1 } });
  for (const attempt of [1, 2, 3]) {
    const loop = await jobs.control();
    const id = await jobs.started('churn', attempt);
    await until(
      'the launch is written',
      async () => (await jobs.resources.store.get('training-job', 'churn'))?.status.launchedAt !== undefined,
    );
    await loop.stop();
    jobs.engine.vanish(id);
    await jobs.clock.advance(10_000);
  }
  await jobs.control();
  const last = await jobs.started('churn', 4);
  jobs.engine.exit(last, { reason: 'completed', code: 0 });
  await jobs.reaches('churn', 'Completed');
});

test('kill -9 after the engine started the job, before it was written: the job is adopted, not started twice', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.create('churn');
  const start = jobs.engine.start.bind(jobs.engine);
  jobs.engine.start = async (workload) => {
    await start(workload);
    throw new Error('the process dies here');
  };
  const dying = await jobs.control();
  const id = await jobs.started('churn');
  await dying.stop();
  jobs.engine.start = start;
  jobs.engine.enter(id, 'running');
  await jobs.clock.advance(60_000);
  await jobs.control();
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  await jobs.reaches('churn', 'Completed');
});

test('workloads that nobody owns are removed at start, those of running jobs are not', async (t) => {
  const jobs = await trainingFixture(t);
  const loop = await jobs.control();
  await jobs.create('churn');
  const id = await jobs.started('churn');
  await jobs.reaches('churn', 'Starting');
  await loop.stop();
  const workload = jobs.engine.workload(id);
  assert.ok(workload !== undefined);
  await jobs.engine.start({ ...workload, id: 'training-job/forgotten/1' });
  await jobs.engine.start({ ...workload, id: 'endpoint/other/1' });
  await jobs.control();
  assert.deepEqual(await jobs.engine.list(), [id, 'endpoint/other/1']);
});

test('jobs that waited when the control plane went away keep their order', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 1 });
  const loop = await jobs.control();
  for (const name of ['z', 'y', 'x']) {
    await jobs.create(name);
    await jobs.clock.advance(10);
  }
  const first = await jobs.started('z');
  await jobs.reaches('x', 'Pending');
  await jobs.reaches('y', 'Pending');
  await loop.stop();
  jobs.engine.exit(first, { reason: 'completed', code: 0 });
  await jobs.clock.advance(10_000);
  await jobs.control();
  await jobs.started('y');
  assert.deepEqual(await jobs.engine.list(), ['training-job/y/1']);
});

test('race: two controllers on one store start a job once and end it once', async (t) => {
  const jobs = await trainingFixture(t, { maxConcurrentJobs: 50 });
  await jobs.control({ owner: 'one' });
  await jobs.control({ owner: 'two' });
  const names = Array.from({ length: 20 }, (_, index) => `job-${index}`);
  for (const name of names) await jobs.create(name);
  for (const name of names) {
    const id = await jobs.started(name);
    jobs.engine.enter(id, 'running');
    jobs.engine.exit(id, { reason: 'completed', code: 0 });
  }
  for (const name of names)
    assert.equal(ladder(await jobs.reaches(name, 'Completed')).filter((status) => status === 'Completed').length, 1);
});

test('an engine that cannot start is asked again, and the job goes on', async (t) => {
  const jobs = await trainingFixture(t);
  jobs.engine.startFailure = new Error('no more processes');
  await jobs.control();
  await jobs.create('churn');
  await until('the first start failed', () => jobs.engine.calls.includes('start training-job/churn/1'));
  await until(
    'the step is given back',
    async () =>
      ((await jobs.resources.store.nextDue('training-job'))?.getTime() ?? 0) === jobs.clock.now().getTime() + 200,
  );
  await jobs.clock.advance(200);
  await jobs.started('churn');
});

test('a job that the engine refuses at last is Failed with the reason', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.create('churn');
  jobs.engine.refusal = { reason: 'The disk is gone.', remedy: 'Put it back.' };
  await jobs.control();
  const job = await jobs.reaches('churn', 'Failed');
  assert.equal(job.FailureReason, 'ClientError: The disk is gone. Put it back.');
});

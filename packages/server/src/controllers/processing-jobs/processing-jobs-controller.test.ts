import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../testing/test-resources.ts';
import { processingFixture } from './testing/processing-fixture.ts';

test('a job runs to its end and is cleared away', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  const arn = await jobs.create('clean');
  assert.equal(arn, 'arn:aws:sagemaker:us-east-1:000000000000:processing-job/clean');
  const id = await jobs.started('clean');
  jobs.engine.enter(id, 'downloading');
  await jobs.clock.advance(2_000);
  jobs.engine.enter(id, 'running');
  await jobs.clock.advance(30_000);
  jobs.engine.exit(id, { reason: 'completed', code: 0 }, { exitMessage: '42 rows' });
  const job = await jobs.reaches('clean', 'Completed');
  await jobs.cleared(id);
  assert.equal(job.ExitMessage, '42 rows');
  assert.equal(job.FailureReason, undefined);
  const seconds = ((job.ProcessingEndTime?.getTime() ?? 0) - (job.ProcessingStartTime?.getTime() ?? 0)) / 1000;
  assert.equal(seconds, 32);
});

test('a program that fails fails its job, with its reason and its message', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  await jobs.create('clean');
  const id = await jobs.started('clean');
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'program-failed', code: 3, message: 'no label' }, { exitMessage: 'half done' });
  const job = await jobs.reaches('clean', 'Failed');
  assert.equal(job.FailureReason, 'AlgorithmError: no label, exit code: 3');
  assert.equal(job.ExitMessage, 'half done');
});

test('one failed host ends the others and the job', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  await jobs.create('clean', {
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } },
  });
  const id = await jobs.started('clean');
  jobs.engine.onStop = (stopped) => jobs.engine.exit(stopped, { reason: 'stopped' }, {}, 1);
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'program-failed', code: 1, message: 'bad row' }, {}, 0);
  const job = await jobs.reaches('clean', 'Failed');
  assert.ok(jobs.engine.calls.includes(`abandon ${id}`));
  assert.equal(job.FailureReason, 'AlgorithmError: bad row, exit code: 1');
});

test('a job over its limit is stopped, and says why where the program says nothing', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  await jobs.create('clean', { StoppingCondition: { MaxRuntimeInSeconds: 60 } });
  const id = await jobs.started('clean');
  jobs.engine.enter(id, 'running');
  await until('the start is seen', async () => (await jobs.describe('clean')).ProcessingStartTime !== undefined);
  await jobs.clock.advance(61_000);
  await jobs.reaches('clean', 'Stopping');
  jobs.engine.exit(id, { reason: 'stopped' });
  const job = await jobs.reaches('clean', 'Stopped');
  assert.equal(job.ExitMessage, 'Processing job runtime exceeded MaxRuntimeInSeconds provided');
  assert.equal(job.FailureReason, undefined);
});

test('a stop before the job had its turn needs no engine', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.create('clean');
  await jobs.stop('clean');
  await jobs.control();
  await jobs.reaches('clean', 'Stopped');
  assert.ok(!jobs.engine.calls.some((call) => call.startsWith('start')));
});

test('race: a job that was done before the stop reached it is Completed', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  await jobs.create('clean');
  const id = await jobs.started('clean');
  jobs.engine.onStop = (stopped) => jobs.engine.exit(stopped, { reason: 'completed', code: 0 });
  jobs.engine.enter(id, 'running');
  await jobs.stop('clean');
  await jobs.reaches('clean', 'Completed');
});

test('race: a stop that comes while the engine starts the job still stops it', async (t) => {
  const jobs = await processingFixture(t);
  const start = jobs.engine.start.bind(jobs.engine);
  jobs.engine.start = async (workload) => {
    await start(workload);
    await jobs.stop('clean');
  };
  jobs.engine.onStop = (id) => jobs.engine.exit(id, { reason: 'stopped' });
  await jobs.control();
  await jobs.create('clean');
  await jobs.reaches('clean', 'Stopped');
  await jobs.cleared('processing-job/clean/1');
});

test('a lost job begins again as a new attempt, and fails when it is lost too often', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.control();
  await jobs.create('clean');
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const id = await jobs.started('clean', attempt);
    jobs.engine.enter(id, 'running');
    jobs.engine.exit(id, { reason: 'lost', message: 'The worker was killed.' });
  }
  const job = await jobs.reaches('clean', 'Failed');
  assert.match(job.FailureReason ?? '', /^InternalServerError: .* was lost 4 times\. The worker was killed\.$/);
});

test('what waits for a slot says so in its log, once, and the oldest is next', async (t) => {
  const jobs = await processingFixture(t, { maxConcurrentJobs: 1 });
  await jobs.control();
  await jobs.create('first');
  const first = await jobs.started('first');
  await jobs.clock.advance(1000);
  await jobs.create('second');
  await until('it waits', async () => {
    const job = await jobs.resources.store.get('processing-job', 'second');
    return job?.status.waitingFor?.startsWith('Waiting for a free slot') ?? false;
  });
  jobs.engine.enter(first, 'running');
  jobs.engine.exit(first, { reason: 'completed', code: 0 });
  await jobs.started('second');
  const job = await jobs.resources.store.get('processing-job', 'second');
  assert.equal(job?.status.waitingFor, undefined);
});

test('workloads that nobody owns are removed at start, those of running jobs are not', async (t) => {
  const jobs = await processingFixture(t);
  const loop = await jobs.control();
  await jobs.create('clean');
  const id = await jobs.started('clean');
  await loop.stop();
  const workload = jobs.engine.workload(id);
  assert.ok(workload !== undefined);
  for (const orphan of ['processing-job/gone/1', 'processing-job/clean/2', 'training-job/other/1'])
    await jobs.engine.start({ ...workload, id: orphan });
  await jobs.control();
  assert.deepEqual(await jobs.engine.list(), [id, 'training-job/other/1']);
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  await jobs.reaches('clean', 'Completed');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadService, validate, WireError } from '@rung/wire';
import { validInput, violations } from '@rung/wire/testing';
import type { ListTrainingJobsRequest } from '@rung/wire/types/sagemaker';
import { type TrainingFixture, trainingFixture } from '../../../controllers/training-jobs/testing/training-fixture.ts';
import { testContext } from '../../../testing/test-resources.ts';
import { sagemakerService } from '../index.ts';

const family = [
  'CreateTrainingJob',
  'DeleteTrainingJob',
  'DescribeTrainingJob',
  'ListTrainingJobs',
  'StopTrainingJob',
  'UpdateTrainingJob',
  'AddTags',
  'ListTags',
  'DeleteTags',
] as const;

async function call(jobs: TrainingFixture, operation: string, input: unknown): Promise<unknown> {
  const handler = sagemakerService(jobs.resources).handlers[operation];
  assert.ok(handler !== undefined, `${operation} has a handler`);
  // Safe: what the test gives is what the front door would have let through, or wrong on purpose.
  return handler(input as never, testContext());
}

async function list(
  jobs: TrainingFixture,
  input: ListTrainingJobsRequest,
): Promise<{ names: string[]; next: string | undefined }> {
  const answer = await call(jobs, 'ListTrainingJobs', input);
  // Safe: it is the output of that operation.
  const { TrainingJobSummaries, NextToken } = answer as {
    TrainingJobSummaries: { TrainingJobName: string }[];
    NextToken?: string;
  };
  return { names: TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName), next: NextToken };
}

for (const operation of family) {
  test(`${operation}: whatever the model forbids is refused in AWS's words before the handler sees it`, async () => {
    const service = await loadService('sagemaker');
    let count = 0;
    for (const { title, input, code, message } of violations(service, operation)) {
      count += 1;
      assert.throws(
        () => validate(service, operation, input),
        (error: unknown) => error instanceof WireError && error.code === code && error.message.includes(message),
        title,
      );
    }
    assert.ok(count > 0 || operation === 'ListTrainingJobs');
  });

  test(`${operation}: the smallest input that the model allows is answered or refused, never a fault of ours`, async (t) => {
    const jobs = await trainingFixture(t);
    const service = await loadService('sagemaker');
    const outcome = await Promise.allSettled([call(jobs, operation, validInput(service, operation))]);
    if (outcome[0].status === 'rejected') {
      assert.ok(outcome[0].reason instanceof WireError, String(outcome[0].reason));
      assert.equal(outcome[0].reason.fault, 'client');
    }
  });
}

for (const operation of ['DescribeTrainingJob', 'StopTrainingJob', 'DeleteTrainingJob', 'UpdateTrainingJob']) {
  test(`${operation} of a job that is not there has AWS's code and sentence`, async (t) => {
    const jobs = await trainingFixture(t);
    const expected = { code: 'ValidationException', message: 'Requested resource not found.' };
    await assert.rejects(call(jobs, operation, { TrainingJobName: 'never' }), expected);
  });
}

test('stopping twice is stopping once; stopping or deleting at the wrong time is refused', async (t) => {
  const jobs = await trainingFixture(t);
  jobs.engine.onStop = (id) => jobs.engine.exit(id, { reason: 'stopped' });
  await jobs.create('churn');
  await assert.rejects(jobs.delete('churn'), {
    message: /^The request was rejected because the training job is in status InProgress\./,
  });
  await jobs.stop('churn');
  const stoppedAt = (await jobs.resources.store.get('training-job', 'churn'))?.spec.stopRequestedAt;
  await jobs.clock.advance(1_000);
  await jobs.stop('churn');
  assert.equal((await jobs.resources.store.get('training-job', 'churn'))?.spec.stopRequestedAt, stoppedAt);
  await jobs.control();
  await jobs.reaches('churn', 'Stopped');
  const message = 'The request was rejected because the training job is in status Stopped.';
  await assert.rejects(jobs.stop('churn'), { code: 'ValidationException', message });
  await jobs.delete('churn');
  await assert.rejects(jobs.describe('churn'), { message: 'Requested resource not found.' });
});

test('a deleted job leaves nothing, and its name is free again', async (t) => {
  const jobs = await trainingFixture(t);
  const loop = await jobs.control();
  const arn = await jobs.create('churn', { Tags: [{ Key: 'a', Value: 'b' }] });
  const id = await jobs.started('churn');
  jobs.engine.enter(id, 'running');
  jobs.engine.exit(id, { reason: 'completed', code: 0 });
  await jobs.reaches('churn', 'Completed');
  await loop.stop();
  await jobs.delete('churn');
  assert.deepEqual(await jobs.engine.list(), []);
  assert.deepEqual(await jobs.resources.store.tags.get(arn), {});
  await jobs.create('churn');
});

test('UpdateTrainingJob says what it cannot do', async (t) => {
  const jobs = await trainingFixture(t);
  await jobs.create('churn');
  const update = { TrainingJobName: 'churn', ProfilerConfig: { DisableProfiler: true } };
  await assert.rejects(call(jobs, 'UpdateTrainingJob', update), {
    code: 'ValidationException',
    message: /changes ProfilerConfig, which is not implemented/,
  });
});

test('lists are newest first, filtered, sorted and paged as asked', async (t) => {
  const jobs = await trainingFixture(t);
  for (const name of ['banana', 'apple', 'cherry']) {
    await jobs.create(name);
    await jobs.clock.advance(1_000);
  }
  await jobs.stop('apple');
  assert.deepEqual((await list(jobs, {})).names, ['cherry', 'apple', 'banana']);
  assert.deepEqual((await list(jobs, { SortOrder: 'Ascending' })).names, ['banana', 'apple', 'cherry']);
  assert.deepEqual((await list(jobs, { SortBy: 'Name', SortOrder: 'Ascending' })).names, ['apple', 'banana', 'cherry']);
  assert.deepEqual((await list(jobs, { StatusEquals: 'Stopping' })).names, ['apple']);
  assert.deepEqual((await list(jobs, { NameContains: 'an' })).names, ['banana']);
  const secondCreation = (await jobs.describe('apple')).CreationTime;
  assert.deepEqual(
    (await list(jobs, { CreationTimeAfter: secondCreation, SortBy: 'Name' })).names.includes('banana'),
    false,
  );
  assert.deepEqual((await list(jobs, { WarmPoolStatusEquals: 'Available' })).names, []);
  const first = await list(jobs, { MaxResults: 2 });
  assert.deepEqual(first.names, ['cherry', 'apple']);
  const second = await list(jobs, { MaxResults: 2, NextToken: first.next });
  assert.deepEqual(second, { names: ['banana'], next: undefined });
  await assert.rejects(list(jobs, { NextToken: 'of-another-service' }), {
    code: 'ValidationException',
    message: /^Invalid NextToken/,
  });
});

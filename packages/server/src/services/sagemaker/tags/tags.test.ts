import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingFixture } from '../../../controllers/training-jobs/testing/training-fixture.ts';
import { testContext } from '../../../testing/test-resources.ts';
import { tagHandlers } from './index.ts';

const unknown = 'arn:aws:sagemaker:us-east-1:000000000000:training-job/never';

async function tagged(t: Parameters<typeof trainingFixture>[0]) {
  const jobs = await trainingFixture(t);
  const { AddTags, ListTags, DeleteTags } = tagHandlers(jobs.resources);
  assert.ok(AddTags && ListTags && DeleteTags);
  const context = testContext();
  return {
    arn: await jobs.create('churn', { Tags: [{ Key: 'team', Value: 'blue' }] }),
    add: async (arn: string, tags: Record<string, string>) =>
      AddTags({ ResourceArn: arn, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }, context),
    list: async (arn: string, more: { NextToken?: string | undefined; MaxResults?: number } = {}) =>
      ListTags({ ResourceArn: arn, ...more }, context),
    remove: async (arn: string, ...TagKeys: string[]) => DeleteTags({ ResourceArn: arn, TagKeys }, context),
  };
}

test('tags are added, replaced, listed by key and removed', async (t) => {
  const tags = await tagged(t);
  assert.deepEqual(await tags.add(tags.arn, { team: 'red', cost: '7' }), {
    Tags: [
      { Key: 'cost', Value: '7' },
      { Key: 'team', Value: 'red' },
    ],
  });
  await tags.remove(tags.arn, 'cost', 'never-there');
  assert.deepEqual(await tags.list(tags.arn), { Tags: [{ Key: 'team', Value: 'red' }] });
});

test('an ARN that nothing has is refused by all three', async (t) => {
  const tags = await tagged(t);
  const expected = { code: 'ValidationException', message: /Could not find the resource/ };
  await assert.rejects(tags.add(unknown, { a: 'b' }), expected);
  await assert.rejects(tags.list(unknown), expected);
  await assert.rejects(tags.remove(unknown, 'a'), expected);
});

test('the 51st tag is refused and the first 50 stay', async (t) => {
  const tags = await tagged(t);
  await tags.add(tags.arn, Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`k${index}`, 'v'])));
  await assert.rejects(tags.add(tags.arn, { more: 'v' }), { code: 'ResourceLimitExceeded' });
  assert.equal((await tags.list(tags.arn)).Tags?.length, 50);
});

test('pages go on behind the last key shown, also when tags change between them', async (t) => {
  const tags = await tagged(t);
  await tags.add(tags.arn, { a: '1', b: '2', c: '3' });
  const first = await tags.list(tags.arn, { MaxResults: 2 });
  assert.deepEqual(
    first.Tags?.map(({ Key }) => Key),
    ['a', 'b'],
  );
  await tags.remove(tags.arn, 'a');
  const second = await tags.list(tags.arn, { MaxResults: 2, NextToken: first.NextToken });
  assert.deepEqual(
    second.Tags?.map(({ Key }) => Key),
    ['c', 'team'],
  );
  assert.equal(second.NextToken, undefined);
  await assert.rejects(tags.list(tags.arn, { NextToken: 'made-up' }), { message: /^Invalid NextToken/ });
});

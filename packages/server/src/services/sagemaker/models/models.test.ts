import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ContainerDefinition, CreateModelInput } from '@rung/wire/types/sagemaker';
import { FakeEngine } from '../../../engines/testing/fake-engine.ts';
import { testContext, testResources, type TestResources } from '../../../testing/test-resources.ts';
import { modelHandlers } from './index.ts';

const context = testContext();
const kmeans = '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1';
const artifact = 's3://models/job/output/model.tar.gz';

async function resourcesWithArtifact(t: TestContext, engine?: FakeEngine): Promise<TestResources> {
  const resources = await testResources(t, engine === undefined ? {} : { engine });
  await resources.objects.createBucket('models');
  await resources.objects.put('models', 'job/output/model.tar.gz', Buffer.from('x'));
  await resources.objects.put('models', 'folder/a', Buffer.from('x'));
  return resources;
}

function create(
  resources: TestResources,
  container: ContainerDefinition,
  more: Partial<CreateModelInput> = {},
): Promise<unknown> {
  const input = { ModelName: 'churn', PrimaryContainer: container, ...more };
  return Promise.resolve(modelHandlers(resources).CreateModel?.(input, context));
}

test('a model is created, described, listed and deleted', async (t) => {
  const resources = await resourcesWithArtifact(t);
  const { DescribeModel, ListModels, DeleteModel } = modelHandlers(resources);
  const tags = { Tags: [{ Key: 'team', Value: 'a' }], ExecutionRoleArn: 'arn:aws:iam::000000000000:role/R' };
  const created = await create(resources, { Image: kmeans, ModelDataUrl: artifact }, tags);
  const arn = 'arn:aws:sagemaker:us-east-1:000000000000:model/churn';
  assert.deepEqual(created, { ModelArn: arn });
  const described = await DescribeModel?.({ ModelName: 'churn' }, context);
  assert.equal(described?.PrimaryContainer?.Image, kmeans);
  assert.equal(described?.ExecutionRoleArn, 'arn:aws:iam::000000000000:role/R');
  assert.equal(described?.EnableNetworkIsolation, false);
  assert.ok(described?.CreationTime instanceof Date);
  assert.equal('Tags' in (described ?? {}), false);
  assert.deepEqual(await resources.store.tags.get(arn), { team: 'a' });
  assert.equal((await ListModels?.({ NameContains: 'chu' }, context))?.Models.length, 1);
  assert.equal((await ListModels?.({ NameContains: 'other' }, context))?.Models.length, 0);
  await assert.rejects(create(resources, { Image: kmeans, ModelDataUrl: artifact }), {
    code: 'ValidationException',
    message: `Cannot create already existing model "${arn}".`,
  });
  await DeleteModel?.({ ModelName: 'churn' }, context);
  const gone = { code: 'ValidationException', message: `Could not find model "${arn}".` };
  await assert.rejects(async () => DescribeModel?.({ ModelName: 'churn' }, context), gone);
  await assert.rejects(async () => DeleteModel?.({ ModelName: 'churn' }, context), gone);
});

test('what could never be served is refused when the model is created', async (t) => {
  const resources = await resourcesWithArtifact(t);
  const refusals: [container: ContainerDefinition, message: RegExp][] = [
    [
      { Image: kmeans, ModelDataUrl: 's3://models/nothing.tar.gz' },
      /Could not find model data at s3:\/\/models\/nothing\.tar\.gz\./,
    ],
    [{ Image: kmeans, ModelDataUrl: 's3://nowhere/model.tar.gz' }, /Could not find model data at/],
    [{ Image: kmeans, ModelDataUrl: 's3://models/folder/' }, /must name a \.tar\.gz archive/],
    [{ Image: kmeans }, /Built-in algorithm kmeans needs its model: give ModelDataUrl/],
    [{ Image: 'seq2seq:1', ModelDataUrl: artifact }, /seq2seq is not implemented yet/],
    [{ Image: 'rung/host' }, /needs an entry point .*RUNG_ENTRYPOINT/],
    [{ Image: 'rung/host', Environment: { RUNG_ENTRYPOINT: 'serve' } }, /RUNG_ENTRYPOINT must be a JSON array/],
    [{ Image: kmeans, ModelDataUrl: artifact, Mode: 'MultiModel' }, /Mode MultiModel\) are not implemented yet/],
    [{ ModelPackageName: 'p' }, /ModelPackageName\) are not implemented yet/],
    [
      {
        Image: kmeans,
        ModelDataSource: {
          S3DataSource: { S3Uri: 's3://models/empty/', S3DataType: 'S3Prefix', CompressionType: 'None' },
        },
      },
      /Could not find model data at s3:\/\/models\/empty\//,
    ],
  ];
  for (const [container, message] of refusals)
    await assert.rejects(create(resources, container), { code: 'ValidationException', message });
  await assert.rejects(
    create(resources, { Image: kmeans }, { Containers: [{ Image: kmeans }] }),
    /either PrimaryContainer or Containers/,
  );
  const { CreateModel } = modelHandlers(resources);
  const pipeline = { ModelName: 'two', Containers: [{ Image: kmeans }, { Image: kmeans }] };
  await assert.rejects(
    async () => CreateModel?.(pipeline, context),
    /2 containers\. Inference pipelines .* not implemented yet/,
  );
  await assert.rejects(async () => CreateModel?.({ ModelName: 'none' }, context), /needs a container/);
});

test('a model folder without an archive is accepted', async (t) => {
  const resources = await resourcesWithArtifact(t);
  const source = {
    S3DataSource: { S3Uri: 's3://models/folder/', S3DataType: 'S3Prefix', CompressionType: 'None' },
  } as const;
  await create(resources, { Image: kmeans, ModelDataSource: source });
});

test("an engine's refusal reaches the user with its remedy", async (t) => {
  const engine = new FakeEngine();
  engine.refusal = { reason: 'This engine runs no containers.', remedy: 'Use the container engine.' };
  const resources = await resourcesWithArtifact(t, engine);
  await assert.rejects(
    create(resources, { Image: 'me/mine:1' }),
    /This engine runs no containers\. Use the container engine\./,
  );
});

test('network isolation is refused for a program of the user, and needs nothing for a built-in algorithm', async (t) => {
  const resources = await resourcesWithArtifact(t);
  const host = { Image: 'rung/host', Environment: { RUNG_ENTRYPOINT: '["serve"]' } };
  await assert.rejects(
    create(resources, host, { EnableNetworkIsolation: true }),
    /cannot isolate a program from the network/,
  );
  await create(resources, { Image: kmeans, ModelDataUrl: artifact }, { EnableNetworkIsolation: true });
});

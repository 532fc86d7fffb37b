import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { DeploymentConfig } from '@rung/wire/types/sagemaker';
import { testContext, testResources, type TestResources } from '../../../testing/test-resources.ts';
import { createEndpointConfig } from '../endpoint-configs/create-endpoint-config.ts';
import { createModel } from '../models/create-model.ts';
import { deleteModel } from '../models/delete-model.ts';
import { endpointHandlers } from './index.ts';

const context = testContext();
const name = { EndpointName: 'Shop' };
const arn = 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/shop';

async function withConfig(
  t: TestContext,
  instanceType: 'ml.m5.large' | 'ml.p3.2xlarge' = 'ml.m5.large',
  strict = false,
): Promise<TestResources> {
  const resources = await testResources(t, { config: { strict } });
  const Environment = { RUNG_ENTRYPOINT: '["serve"]', MODE: 'a' };
  await createModel(resources, { ModelName: 'm', PrimaryContainer: { Image: 'rung/host', Environment } }, context);
  const variant = {
    VariantName: 'v',
    ModelName: 'm',
    InstanceType: instanceType,
    InitialInstanceCount: 2,
    InitialVariantWeight: 3,
  };
  await createEndpointConfig(resources, { EndpointConfigName: 'c', ProductionVariants: [variant] }, context);
  return resources;
}

test('an endpoint that is being created can be described and listed, and nothing else', async (t) => {
  const resources = await withConfig(t);
  const { CreateEndpoint, DescribeEndpoint, ListEndpoints, DeleteEndpoint, UpdateEndpoint } =
    endpointHandlers(resources);
  assert.deepEqual(await CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context), { EndpointArn: arn });
  const described = await DescribeEndpoint?.(name, context);
  assert.equal(described?.EndpointStatus, 'Creating');
  assert.equal(described?.EndpointConfigName, 'c');
  assert.deepEqual(
    (await ListEndpoints?.({ StatusEquals: 'Creating' }, context))?.Endpoints.map((one) => one.EndpointName),
    ['Shop'],
  );
  assert.deepEqual((await ListEndpoints?.({ StatusEquals: 'InService' }, context))?.Endpoints, []);
  const inProgress = { code: 'ValidationException', message: `Cannot update in-progress endpoint "${arn}".` };
  await assert.rejects(async () => DeleteEndpoint?.(name, context), inProgress);
  await assert.rejects(async () => UpdateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context), inProgress);
  await assert.rejects(async () => CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context), {
    code: 'ValidationException',
    message: `Cannot create already existing endpoint "${arn}".`,
  });
});

test('what is not there is said in the words that clients look for', async (t) => {
  const resources = await withConfig(t);
  const handlers = endpointHandlers(resources);
  const gone = { code: 'ValidationException', message: `Could not find endpoint "${arn}".` };
  await assert.rejects(async () => handlers.DescribeEndpoint?.(name, context), gone);
  await assert.rejects(async () => handlers.DeleteEndpoint?.(name, context), gone);
  await assert.rejects(async () => handlers.UpdateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context), gone);
  const weights = { ...name, DesiredWeightsAndCapacities: [] };
  await assert.rejects(async () => handlers.UpdateEndpointWeightsAndCapacities?.(weights, context), gone);
  await assert.rejects(async () => handlers.CreateEndpoint?.({ ...name, EndpointConfigName: 'none' }, context), {
    message: 'Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/none".',
  });
  await deleteModel(resources, { ModelName: 'm' }, context);
  await assert.rejects(async () => handlers.CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context), {
    message: 'Could not find model "arn:aws:sagemaker:us-east-1:000000000000:model/m".',
  });
});

test('everything an instance needs is written down when the endpoint is created', async (t) => {
  const resources = await withConfig(t);
  await endpointHandlers(resources).CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context);
  const endpoint = await resources.store.get('endpoint', 'Shop');
  const [variant] = endpoint?.spec.plan.variants ?? [];
  assert.equal(variant?.weight, 3);
  assert.equal(variant?.instanceCount, 2);
  assert.equal(variant?.startupTimeoutSeconds, 240);
  assert.equal(variant?.template.environment['MODE'], 'a');
  assert.equal(variant?.template.logGroup, '/aws/sagemaker/Endpoints/Shop');
  assert.equal(variant?.template.stopGraceSeconds, 30);
  assert.equal(variant?.template.limits.vcpus, 2);
  const state = endpoint?.status;
  assert.equal(state?.status === 'Creating' && state.pending.variants[0]?.instances.length, 2);
});

test('a missing GPU is a line in the log, or a refusal under strict', async (t) => {
  const lenient = await withConfig(t, 'ml.p3.2xlarge');
  await endpointHandlers(lenient).CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context);
  const template = (await lenient.store.get('endpoint', 'Shop'))?.spec.plan.variants[0]?.template;
  assert.match(template?.notices[0] ?? '', /ml\.p3\.2xlarge has 1 GPU, this machine offers 0/);
  assert.equal(template?.limits.gpus, 0);
  const strict = await withConfig(t, 'ml.p3.2xlarge', true);
  await assert.rejects(
    async () => endpointHandlers(strict).CreateEndpoint?.({ ...name, EndpointConfigName: 'c' }, context),
    /ml\.p3\.2xlarge has 1 GPU.*strict/,
  );
});

test('traffic moves all at once; other ways are refused by name', async (t) => {
  const resources = await withConfig(t);
  const { CreateEndpoint } = endpointHandlers(resources);
  const routing = (Type: 'ALL_AT_ONCE' | 'CANARY'): DeploymentConfig => ({
    BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type, WaitIntervalInSeconds: 0 } },
  });
  const refused: [DeploymentConfig, RegExp][] = [
    [routing('CANARY'), /type CANARY is not implemented yet/],
    [{ AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }] } }, /Rollback by alarms .* not implemented yet/],
    [
      { RollingUpdatePolicy: { MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 }, WaitIntervalInSeconds: 0 } },
      /Rolling updates .* not implemented yet/,
    ],
  ];
  for (const [DeploymentConfig, message] of refused) {
    await assert.rejects(
      async () => CreateEndpoint?.({ ...name, EndpointConfigName: 'c', DeploymentConfig }, context),
      { message },
    );
  }
  await CreateEndpoint?.({ ...name, EndpointConfigName: 'c', DeploymentConfig: routing('ALL_AT_ONCE') }, context);
  const described = await endpointHandlers(resources).DescribeEndpoint?.(name, context);
  assert.deepEqual(described?.LastDeploymentConfig, routing('ALL_AT_ONCE'));
});

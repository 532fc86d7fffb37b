import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CreateEndpointConfigInput, ProductionVariant } from '@rung/wire/types/sagemaker';
import { testContext, testResources, type TestResources } from '../../../testing/test-resources.ts';
import { createModel } from '../models/create-model.ts';
import { endpointConfigHandlers } from './index.ts';

const context = testContext();
const variant: ProductionVariant = {
  VariantName: 'AllTraffic',
  ModelName: 'churn',
  InstanceType: 'ml.m5.large',
  InitialInstanceCount: 1,
};

async function withModel(t: TestContext): Promise<TestResources> {
  const resources = await testResources(t);
  const Environment = { RUNG_ENTRYPOINT: '["serve"]' };
  await createModel(resources, { ModelName: 'churn', PrimaryContainer: { Image: 'rung/host', Environment } }, context);
  return resources;
}

test('a configuration is created, described, listed and deleted', async (t) => {
  const resources = await withModel(t);
  const { CreateEndpointConfig, DescribeEndpointConfig, ListEndpointConfigs, DeleteEndpointConfig } =
    endpointConfigHandlers(resources);
  const name = { EndpointConfigName: 'Churn-Config' };
  const arn = 'arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/churn-config';
  const input = { ...name, ProductionVariants: [variant], Tags: [{ Key: 'team', Value: 'a' }] };
  assert.deepEqual(await CreateEndpointConfig?.(input, context), { EndpointConfigArn: arn });
  const described = await DescribeEndpointConfig?.(name, context);
  assert.deepEqual(described?.ProductionVariants, [{ InitialVariantWeight: 1, ...variant }]);
  assert.equal((await ListEndpointConfigs?.({}, context))?.EndpointConfigs[0]?.EndpointConfigArn, arn);
  await assert.rejects(async () => CreateEndpointConfig?.(input, context), {
    code: 'ValidationException',
    message: `Cannot create already existing endpoint configuration "${arn}".`,
  });
  await DeleteEndpointConfig?.(name, context);
  const gone = { code: 'ValidationException', message: `Could not find endpoint configuration "${arn}".` };
  await assert.rejects(async () => DescribeEndpointConfig?.(name, context), gone);
  await assert.rejects(async () => DeleteEndpointConfig?.(name, context), gone);
});

test('what no endpoint could be made of is refused when the configuration is created', async (t) => {
  const { CreateEndpointConfig } = endpointConfigHandlers(await withModel(t));
  const withVariant = (change: Partial<ProductionVariant>): Partial<CreateEndpointConfigInput> => ({
    ProductionVariants: [{ ...variant, ...change }],
  });
  const { InstanceType: _, ...noType } = variant;
  const refusals: [change: Partial<CreateEndpointConfigInput>, message: RegExp][] = [
    [
      withVariant({ ModelName: 'nobody' }),
      /^Could not find model "arn:aws:sagemaker:us-east-1:000000000000:model\/nobody"\.$/,
    ],
    [withVariant({ ModelName: undefined }), /names no model/],
    [{ ProductionVariants: [variant, variant] }, /Two production variants are named AllTraffic/],
    [{ ProductionVariants: [noType] }, /needs an InstanceType/],
    [
      withVariant({ ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } }),
      /ServerlessConfig\).* not implemented yet/,
    ],
    [{ AsyncInferenceConfig: { OutputConfig: {} } }, /AsyncInferenceConfig\) is not implemented yet/],
    [{ ShadowProductionVariants: [variant] }, /ShadowProductionVariants\) is not implemented yet/],
    [
      {
        DataCaptureConfig: {
          EnableCapture: true,
          InitialSamplingPercentage: 1,
          DestinationS3Uri: 's3://b/',
          CaptureOptions: [],
        },
      },
      /DataCaptureConfig\) is not implemented yet/,
    ],
  ];
  for (const [change, message] of refusals) {
    const input = { EndpointConfigName: 'c', ProductionVariants: [variant], ...change };
    await assert.rejects(async () => CreateEndpointConfig?.(input, context), { code: 'ValidationException', message });
  }
});

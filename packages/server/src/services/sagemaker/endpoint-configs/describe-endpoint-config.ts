import type { DescribeEndpointConfigInput, DescribeEndpointConfigOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';

/** Thrown when there is no such configuration. */
export async function describeEndpointConfig(
  { store }: ServerResources,
  { EndpointConfigName }: DescribeEndpointConfigInput,
  context: RequestContext,
): Promise<DescribeEndpointConfigOutput> {
  const config = await store.get('endpoint-config', EndpointConfigName);
  if (config === undefined) throw notFound.endpointConfig(makeArn('endpoint-config', EndpointConfigName, context));
  return {
    EnableNetworkIsolation: false,
    ...config.spec,
    // AWS fills in the weight that was left out, and clients compute shares from it.
    ProductionVariants: config.spec.ProductionVariants.map((variant) => ({ InitialVariantWeight: 1, ...variant })),
    EndpointConfigArn: config.arn,
    CreationTime: config.createdAt,
  };
}

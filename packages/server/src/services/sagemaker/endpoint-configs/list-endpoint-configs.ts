import type { ListEndpointConfigsInput, ListEndpointConfigsOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { listPage } from '../list-page.ts';

/** Newest first unless asked otherwise. Thrown when NextToken is not one of ours. */
export async function listEndpointConfigs(
  { store }: ServerResources,
  input: ListEndpointConfigsInput,
): Promise<ListEndpointConfigsOutput> {
  const page = await listPage(store, 'endpoint-config', input);
  const EndpointConfigs = page.items.map((config) => ({
    EndpointConfigName: config.name,
    EndpointConfigArn: config.arn,
    CreationTime: config.createdAt,
  }));
  return { EndpointConfigs, NextToken: page.next };
}

import type { ListEndpointsInput, ListEndpointsOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { listPage } from '../list-page.ts';

/** Newest first unless asked otherwise. Thrown when NextToken is not one of ours. */
export async function listEndpoints(
  { store }: ServerResources,
  input: ListEndpointsInput,
): Promise<ListEndpointsOutput> {
  const page = await listPage(store, 'endpoint', input);
  const Endpoints = page.items.map((endpoint) => ({
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    CreationTime: endpoint.createdAt,
    LastModifiedTime: endpoint.modifiedAt,
    EndpointStatus: endpoint.status.status,
  }));
  return { Endpoints, NextToken: page.next };
}

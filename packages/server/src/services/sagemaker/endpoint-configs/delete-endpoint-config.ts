import type { DeleteEndpointConfigInput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';

/** An endpoint made of the configuration goes on: it keeps what it resolved. Thrown when there is no such configuration. */
export async function deleteEndpointConfig(
  { store }: ServerResources,
  { EndpointConfigName: name }: DeleteEndpointConfigInput,
  context: RequestContext,
): Promise<Record<string, never>> {
  const removed = await store.remove('endpoint-config', name);
  if (!removed) throw notFound.endpointConfig(makeArn('endpoint-config', name, context));
  return {};
}

import type { DeleteEndpointInput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound, wrongState } from '../errors.ts';
import { retireAll } from './retire.ts';

/** Thrown when there is no such endpoint, or when it is being created, updated or deleted. */
export async function deleteEndpoint(
  { store, clock }: ServerResources,
  { EndpointName: name }: DeleteEndpointInput,
  context: RequestContext,
): Promise<Record<string, never>> {
  const now = clock.now();
  const updated = await store.update('endpoint', name, (current) => {
    const { status, retired } = current.status;
    if (status !== 'InService' && status !== 'Failed') throw wrongState.endpointInProgress(current.arn);
    const serving = 'serving' in current.status ? retireAll(current.status.serving, now) : [];
    return {
      spec: { ...current.spec, deleteRequestedAt: now.toISOString() },
      status: { status: 'Deleting', retired: [...retired, ...serving] },
      phase: 'Deleting',
      due: now,
    };
  });
  if (updated === undefined) throw notFound.endpoint(makeArn('endpoint', name, context));
  return {};
}

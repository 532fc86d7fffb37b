import { validationError, wrongState } from '../errors.ts';
import type { Endpoint, EndpointState } from './types.ts';

/** Thrown unless the endpoint is in service and nothing about it is changing. */
export function requireInService({ arn, status }: Endpoint): Extract<EndpointState, { status: 'InService' }> {
  if (status.status === 'InService') return status;
  if (status.status !== 'Failed') throw wrongState.endpointInProgress(arn);
  throw validationError(
    `Endpoint "${arn}" is in status Failed: ${status.failureReason} Delete it and create it again; nothing else can be done with a failed endpoint.`,
  );
}

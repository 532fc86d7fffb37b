import { readAuthorization, type RequestHead, type ServiceName, WireError } from '@rung/wire';
import { serviceByPath, serviceByTarget, servicesBySigningName } from './service-routes.ts';

/** A service, and what is wrong with the way it was addressed, if anything. */
export interface Identified {
  readonly service: ServiceName;
  /** To be answered in the protocol of `service`. */
  readonly refusal?: WireError;
}

/** By the scope of the signature; where there is none, by what else the request tells, so that a refusal takes a form the caller can read. */
export function identifyService(head: RequestHead): Identified {
  const signingName = signingNameOf(head);
  const guess = guessService(head);
  if (signingName === undefined) return { service: guess };
  const candidates = Object.hasOwn(servicesBySigningName, signingName) ? servicesBySigningName[signingName] : undefined;
  if (candidates === undefined) return { service: guess, refusal: unknownService(signingName) };
  return { service: candidates.includes(guess) ? guess : candidates[0] };
}

function signingNameOf(head: RequestHead): string | undefined {
  try {
    return readAuthorization(head).scope.service;
  } catch {
    // Authentication says what is wrong with it, in the protocol that is found here.
    return undefined;
  }
}

function guessService({ method, target, headers }: RequestHead): ServiceName {
  const operation = headers['x-amz-target'];
  if (typeof operation === 'string') return serviceByTarget(operation);
  const [path = '/', query = ''] = target.split('?', 2);
  const byPath = serviceByPath(path);
  if (byPath !== undefined) return byPath;
  const type = headers['content-type'];
  if (typeof type === 'string' && type.startsWith('application/x-amz-json')) return 'sagemaker';
  const isForm =
    method === 'POST' &&
    path === '/' &&
    typeof type === 'string' &&
    type.startsWith('application/x-www-form-urlencoded');
  return isForm || /(?:^|&)Action=/.test(query) ? 'sts' : 's3';
}

function unknownService(signingName: string): WireError {
  const served = Object.keys(servicesBySigningName).join(', ');
  return new WireError(
    'UnknownOperationException',
    `Rung does not serve "${signingName}". It serves: ${served}. Use AWS_ENDPOINT_URL_<SERVICE> instead of AWS_ENDPOINT_URL to send only those here.`,
    { status: 404 },
  );
}

import { WireError } from '@rung/wire';
import type { GetSessionTokenRequest, GetSessionTokenResponse } from '@rung/wire/types/sts';
import type { RequestContext } from '../service.ts';
import type { StsResources } from './index.ts';
import { isSession, sessionCredentials } from './session-credentials.ts';

/** Temporary credentials for the caller itself, twelve hours unless asked otherwise. Thrown: `AccessDenied` for a caller whose own are temporary. */
export function getSessionToken(
  resources: StsResources,
  { DurationSeconds = 43_200 }: GetSessionTokenRequest,
  context: RequestContext,
): GetSessionTokenResponse {
  if (isSession(context)) throw new WireError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
  return { Credentials: sessionCredentials(resources, context, context.principal, DurationSeconds) };
}

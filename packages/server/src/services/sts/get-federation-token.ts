import { WireError } from '@rung/wire';
import type { GetFederationTokenRequest, GetFederationTokenResponse } from '@rung/wire/types/sts';
import type { RequestContext } from '../service.ts';
import type { StsResources } from './index.ts';
import { isSession, refusePolicies, sessionCredentials } from './session-credentials.ts';

/** Temporary credentials under a name of the caller's choice, twelve hours unless asked otherwise. Thrown: `AccessDenied` for a caller whose own are temporary. */
export function getFederationToken(
  resources: StsResources,
  input: GetFederationTokenRequest,
  context: RequestContext,
): GetFederationTokenResponse {
  const { Name, DurationSeconds = 43_200 } = input;
  if (isSession(context))
    throw new WireError('AccessDenied', 'Cannot call GetFederationToken with session credentials');
  refusePolicies(input);
  const arn = `arn:aws:sts::${context.account}:federated-user/${Name}`;
  const userId = `${context.account}:${Name}`;
  return {
    Credentials: sessionCredentials(resources, context, { arn, userId }, DurationSeconds),
    FederatedUser: { FederatedUserId: userId, Arn: arn },
  };
}

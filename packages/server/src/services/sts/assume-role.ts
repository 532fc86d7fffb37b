import { WireError } from '@rung/wire';
import type { AssumeRoleRequest, AssumeRoleResponse } from '@rung/wire/types/sts';
import { roleId } from '../iam/role-identity.ts';
import type { RequestContext } from '../service.ts';
import type { StsResources } from './index.ts';
import { isSession, refusePolicies, sessionCredentials } from './session-credentials.ts';

const HOUR = 3600;

/** Any well-formed role ARN will do. Thrown: `ValidationError` for another ARN, and for more than an hour when the caller is in a role already. */
export function assumeRole(
  resources: StsResources,
  input: AssumeRoleRequest,
  context: RequestContext,
): AssumeRoleResponse {
  const { RoleArn, RoleSessionName, DurationSeconds = HOUR } = input;
  const role = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]+)$/.exec(RoleArn);
  const [, account, name] = role ?? [];
  if (account === undefined || name === undefined)
    throw new WireError(
      'ValidationError',
      `${RoleArn} is invalid: a role's ARN has the form arn:aws:iam::<twelve digits>:role/<name>.`,
    );
  if (isSession(context) && DurationSeconds > HOUR) {
    throw new WireError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  refusePolicies(input);
  const arn = `arn:aws:sts::${account}:assumed-role/${name}/${RoleSessionName}`;
  const userId = `${roleId(name)}:${RoleSessionName}`;
  return {
    Credentials: sessionCredentials(resources, context, { arn, userId }, DurationSeconds),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
  };
}

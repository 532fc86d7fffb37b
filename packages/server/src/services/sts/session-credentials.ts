import { WireError } from '@rung/wire';
import type { Credentials } from '@rung/wire/types/sts';
import type { RequestContext } from '../service.ts';
import type { StsResources } from './index.ts';

export interface Identity {
  readonly arn: string;
  readonly userId: string;
}

/** Temporary credentials that end with the key of the caller. */
export function sessionCredentials(
  { keys }: StsResources,
  { principal, headers }: RequestContext,
  { arn, userId }: Identity,
  durationSeconds: number,
): Credentials {
  const token = headers['x-amz-security-token'];
  const parent = token === undefined ? principal.accessKeyId : keys.openSession(token)?.session.parent;
  const issued = keys.issueSession({ parent, arn, userId, durationSeconds });
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: issued.expiration,
  };
}

/** True when the caller's own credentials are temporary. */
export function isSession({ principal }: RequestContext): boolean {
  return principal.accessKeyId.startsWith('ASIA');
}

/** Thrown where a session is asked to be allowed less than its caller: that would be promised and not kept. */
export function refusePolicies(input: {
  Policy?: string | undefined;
  PolicyArns?: readonly unknown[] | undefined;
}): void {
  if (input.Policy === undefined && (input.PolicyArns ?? []).length === 0) return;
  throw new WireError(
    'NotImplemented',
    'This version of Rung does not enforce session policies. Leave Policy and PolicyArns out: the session may do what its caller may.',
    { status: 501 },
  );
}

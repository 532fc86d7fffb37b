import type { GetAuthorizationTokenResponse } from '@rung/wire/types/ecr';
import type { RequestContext } from '../service.ts';
import type { EcrResources } from './index.ts';

const HALF_DAY = 12 * 60 * 60;

/** A session token in the form that `docker login` takes. No registry stands behind it: images are named, not pulled, from here. */
export function getAuthorizationToken(
  { keys }: EcrResources,
  { principal, headers, origin }: RequestContext,
): GetAuthorizationTokenResponse {
  const token = headers['x-amz-security-token'];
  const parent = token === undefined ? principal.accessKeyId : keys.openSession(token)?.session.parent;
  const { arn, userId } = principal;
  const { sessionToken, expiration } = keys.issueSession({ parent, arn, userId, durationSeconds: HALF_DAY });
  return {
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${sessionToken}`).toString('base64'),
        expiresAt: expiration,
        proxyEndpoint: origin,
      },
    ],
  };
}

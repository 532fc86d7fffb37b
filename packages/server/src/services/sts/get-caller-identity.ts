import type { GetCallerIdentityResponse } from '@rung/wire/types/sts';
import type { RequestContext } from '../service.ts';

/** An assumed-role ARN: the `sagemaker` SDK's `get_execution_role()` finds its role in it. */
export function getCallerIdentity({ account, principal }: RequestContext): GetCallerIdentityResponse {
  return { UserId: principal.userId, Account: account, Arn: principal.arn };
}

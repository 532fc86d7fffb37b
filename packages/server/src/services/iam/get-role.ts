import type { GetRoleRequest, GetRoleResponse } from '@rung/wire/types/iam';
import type { RequestContext } from '../service.ts';
import type { IamResources } from './index.ts';
import { DEFAULT_ROLE } from './role-identity.ts';
import { defaultRole, noSuchRole, storedRole } from './roles.ts';

/** Thrown: `NoSuchEntity` for a role that was never made. */
export async function getRole(
  { store }: IamResources,
  { RoleName }: GetRoleRequest,
  context: RequestContext,
): Promise<GetRoleResponse> {
  if (RoleName === DEFAULT_ROLE) return { Role: defaultRole(context) };
  const role = await store.get('iam-role', RoleName);
  if (role === undefined) throw noSuchRole(RoleName);
  return { Role: storedRole(role) };
}

import { WireError } from '@rung/wire';
import type { DeleteRoleRequest } from '@rung/wire/types/iam';
import type { IamResources } from './index.ts';
import { DEFAULT_ROLE } from './role-identity.ts';
import { noSuchRole } from './roles.ts';

/** Thrown: `NoSuchEntity`; `DeleteConflict` for the role that every key plays. */
export async function deleteRole(
  { store }: IamResources,
  { RoleName }: DeleteRoleRequest,
): Promise<Record<string, never>> {
  if (RoleName === DEFAULT_ROLE)
    throw new WireError('DeleteConflict', `${DEFAULT_ROLE} is the role of every key and cannot be deleted.`, {
      status: 409,
    });
  if (!(await store.remove('iam-role', RoleName))) throw noSuchRole(RoleName);
  return {};
}

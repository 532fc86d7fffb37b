import { WireError } from '@rung/wire';
import type { ListRolesRequest, ListRolesResponse } from '@rung/wire/types/iam';
import { InvalidToken } from '../../store/errors.ts';
import type { RequestContext } from '../service.ts';
import type { IamResources } from './index.ts';
import { defaultRole, storedRole } from './roles.ts';

/** The default role first, then the made ones by name. Thrown: `ValidationError` for a marker that is not ours. */
export async function listRoles(
  { store }: IamResources,
  input: ListRolesRequest,
  context: RequestContext,
): Promise<ListRolesResponse> {
  const { PathPrefix = '/', Marker, MaxItems = 100 } = input;
  try {
    const page = await store.list('iam-role', {
      sortBy: 'name',
      order: 'ascending',
      limit: MaxItems,
      ...(Marker === undefined ? {} : { token: Marker }),
    });
    const first = Marker === undefined && PathPrefix === '/' ? [defaultRole(context)] : [];
    const made = page.items.filter(({ spec }) => spec.path.startsWith(PathPrefix)).map(storedRole);
    return {
      Roles: [...first, ...made],
      IsTruncated: page.next !== undefined,
      ...(page.next === undefined ? {} : { Marker: page.next }),
    };
  } catch (error) {
    throw error instanceof InvalidToken ? new WireError('ValidationError', `Invalid Marker: ${error.message}`) : error;
  }
}

import { WireError } from '@rung/wire';
import type { CreateRoleRequest, CreateRoleResponse } from '@rung/wire/types/iam';
import { ResourceExists } from '../../store/errors.ts';
import type { RequestContext } from '../service.ts';
import type { IamResources } from './index.ts';
import { DEFAULT_ROLE } from './role-identity.ts';
import { roleArn, storedRole } from './roles.ts';

/** Remembers a role. It gives nobody more or less than every key may do. Thrown: `EntityAlreadyExists`, `MalformedPolicyDocument`. */
export async function createRole(
  { store }: IamResources,
  input: CreateRoleRequest,
  { account }: RequestContext,
): Promise<CreateRoleResponse> {
  const { RoleName, Path = '/', AssumeRolePolicyDocument, Description, MaxSessionDuration = 3600, Tags = [] } = input;
  checkPolicy(AssumeRolePolicyDocument);
  if (RoleName.toLowerCase() === DEFAULT_ROLE.toLowerCase()) throw roleExists(RoleName);
  try {
    const role = await store.create({
      kind: 'iam-role',
      name: RoleName,
      arn: roleArn(account, Path, RoleName),
      spec: {
        path: Path,
        assumeRolePolicyDocument: AssumeRolePolicyDocument,
        maxSessionDuration: MaxSessionDuration,
        ...(Description === undefined ? {} : { description: Description }),
      },
      status: {},
      phase: '',
      due: null,
      tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
    });
    return { Role: storedRole(role) };
  } catch (error) {
    throw error instanceof ResourceExists ? roleExists(RoleName) : error;
  }
}

function roleExists(name: string): WireError {
  return new WireError('EntityAlreadyExists', `Role with name ${name} already exists.`, { status: 409 });
}

function checkPolicy(document: string): void {
  try {
    JSON.parse(document);
  } catch (cause) {
    throw new WireError('MalformedPolicyDocument', 'This policy contains invalid Json', { status: 400, cause });
  }
}

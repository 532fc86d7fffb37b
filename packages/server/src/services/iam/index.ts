import type { IamOperations } from '@rung/wire/types/iam';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { createRole } from './create-role.ts';
import { deleteRole } from './delete-role.ts';
import { getRole } from './get-role.ts';
import { getUser } from './get-user.ts';
import { listRoles } from './list-roles.ts';
import { simulatePrincipalPolicy } from './simulate-principal-policy.ts';

/** Identity and Access Management, as far as SageMaker programs ask it. Role ARNs are accepted everywhere, also of roles that were never made. */
export function iamService(resources: IamResources): Service {
  const handlers: Handlers<IamOperations> = {
    CreateRole: (input, context) => createRole(resources, input, context),
    DeleteRole: (input) => deleteRole(resources, input),
    GetRole: (input, context) => getRole(resources, input, context),
    GetUser: (input, context) => getUser(resources, input, context),
    ListRoles: (input, context) => listRoles(resources, input, context),
    SimulatePrincipalPolicy: (input) => simulatePrincipalPolicy(input),
  };
  return { name: 'iam', handlers };
}

export type IamResources = Pick<ServerResources, 'store' | 'keys'>;

import type { StsOperations } from '@rung/wire/types/sts';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { assumeRole } from './assume-role.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import { getFederationToken } from './get-federation-token.ts';
import { getSessionToken } from './get-session-token.ts';

/** The Security Token Service: who am I, and temporary credentials. */
export function stsService(resources: StsResources): Service {
  const handlers: Handlers<StsOperations> = {
    AssumeRole: (input, context) => assumeRole(resources, input, context),
    GetAccessKeyInfo: (_input, context) => ({ Account: context.account }),
    GetCallerIdentity: (_input, context) => getCallerIdentity(context),
    GetFederationToken: (input, context) => getFederationToken(resources, input, context),
    GetSessionToken: (input, context) => getSessionToken(resources, input, context),
  };
  return { name: 'sts', handlers };
}

export type StsResources = Pick<ServerResources, 'keys'>;

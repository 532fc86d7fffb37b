import type { EcrOperations } from '@rung/wire/types/ecr';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { describeImages } from './describe-images.ts';
import { describeRepositories } from './describe-repositories.ts';
import { getAuthorizationToken } from './get-authorization-token.ts';

/**
 * The Elastic Container Registry, as far as programs look an algorithm's image up in it.
 * @param names The repositories there are. Default: the built-in algorithms.
 */
export function ecrService(resources: EcrResources, names: RepositoryNames = builtInNames): Service {
  const handlers: Handlers<EcrOperations> = {
    DescribeImages: async (input, context) => describeImages(await names(), input, context),
    DescribeRepositories: async (input, context) => describeRepositories(await names(), input, context),
    GetAuthorizationToken: (_input, context) => getAuthorizationToken(resources, context),
  };
  return { name: 'ecr', handlers };
}

export type EcrResources = Pick<ServerResources, 'keys'>;
export type RepositoryNames = () => Promise<readonly string[]>;

async function builtInNames(): Promise<readonly string[]> {
  return (await import('@rung/algorithms')).algorithmNames;
}

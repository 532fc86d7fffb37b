import type { DescribeRepositoriesRequest, DescribeRepositoriesResponse } from '@rung/wire/types/ecr';
import type { RequestContext } from '../service.ts';
import { checkRepository, describeRepository } from './repositories.ts';

/** All of them in one page. Thrown: `RepositoryNotFoundException`. */
export function describeRepositories(
  known: readonly string[],
  { repositoryNames = known }: DescribeRepositoriesRequest,
  context: RequestContext,
): DescribeRepositoriesResponse {
  for (const name of repositoryNames) checkRepository(name, known, context);
  return { repositories: repositoryNames.map((name) => describeRepository(name, context)) };
}

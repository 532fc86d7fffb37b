import { WireError } from '@rung/wire';
import type { Repository } from '@rung/wire/types/ecr';
import { createHash } from 'node:crypto';
import type { RequestContext } from '../service.ts';

/** As AWS tags the images of its algorithms; `latest` is the same image. */
export const imageTags = ['1', 'latest'];
const madeAt = new Date('2026-01-01T00:00:00Z');

export function describeRepository(name: string, { account, region }: RequestContext): Repository {
  return {
    repositoryArn: `arn:aws:ecr:${region}:${account}:repository/${name}`,
    registryId: account,
    repositoryName: name,
    repositoryUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    createdAt: madeAt,
    imageTagMutability: 'IMMUTABLE',
  };
}

/** There is no image behind the name, so its digest is that of the name. */
export function digestOf(name: string): string {
  return `sha256:${createHash('sha256').update(`rung:${name}`).digest('hex')}`;
}

/** Thrown when there is no repository of that name. */
export function checkRepository(name: string, known: readonly string[], { account }: RequestContext): void {
  if (known.includes(name)) return;
  throw new WireError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${account}'. Here are: ${known.join(', ')}.`,
  );
}

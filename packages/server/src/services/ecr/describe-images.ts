import { WireError } from '@rung/wire';
import type { DescribeImagesRequest, DescribeImagesResponse } from '@rung/wire/types/ecr';
import type { RequestContext } from '../service.ts';
import { checkRepository, describeRepository, digestOf, imageTags } from './repositories.ts';

/** Each repository has one image. Thrown: `RepositoryNotFoundException`, `ImageNotFoundException`. */
export function describeImages(
  known: readonly string[],
  { repositoryName, imageIds = [] }: DescribeImagesRequest,
  context: RequestContext,
): DescribeImagesResponse {
  checkRepository(repositoryName, known, context);
  const imageDigest = digestOf(repositoryName);
  for (const { imageTag, imageDigest: digest } of imageIds) {
    if ((imageTag === undefined || imageTags.includes(imageTag)) && (digest === undefined || digest === imageDigest))
      continue;
    throw new WireError(
      'ImageNotFoundException',
      `The image with imageId {imageDigest:'${digest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'} does not exist within the repository with name '${repositoryName}' in the registry with id '${context.account}'`,
    );
  }
  const { registryId, createdAt } = describeRepository(repositoryName, context);
  return { imageDetails: [{ registryId, repositoryName, imageDigest, imageTags, imagePushedAt: createdAt }] };
}

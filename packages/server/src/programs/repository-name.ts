/**
 * The repository of an image, without registry, account, region, tag and digest: `382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1`
 * is `kmeans`. AWS keeps one image per region and account under the same repository name, so the name alone tells what it is.
 */
export function repositoryName(image: string): string {
  const withoutDigest = image.split('@')[0] ?? '';
  const segments = withoutDigest.split('/');
  const last = (segments.pop() ?? '').split(':')[0] ?? '';
  return segments.at(-1) === 'rung' ? `rung/${last}` : last;
}

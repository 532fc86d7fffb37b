/**
 * The path as it would be with the bucket in it: S3 clients may put the bucket's name before the host (`bucket.localhost`, `bucket.s3.localhost`).
 * The signature covers the path as it was sent, so this comes after its verification.
 */
export function pathWithBucket(path: string, host: string | undefined): string {
  const bucket = host === undefined ? undefined : bucketOf(host);
  return bucket === undefined ? path : `/${bucket}${path}`;
}

function bucketOf(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!name.endsWith('.localhost')) return undefined;
  const before = name.slice(0, -'.localhost'.length).replace(/(?:^|\.)s3(?:[.-][a-z0-9-]+)?$/, '');
  return before === '' ? undefined : before;
}

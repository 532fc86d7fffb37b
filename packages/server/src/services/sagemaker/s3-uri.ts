import type { ObjectAddress } from '../../objects/object-store.ts';

/** `s3://bucket/key or prefix`; the key may be empty. Undefined when it is no such URI. */
export function parseS3Uri(uri: string): ObjectAddress | undefined {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri);
  return match?.[1] === undefined ? undefined : { bucket: match[1], key: match[2] ?? '' };
}

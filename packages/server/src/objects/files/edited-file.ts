import { createHash } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { microseconds, type OpenObject } from './object-files.ts';
import type { ObjectIndex } from './object-index.ts';
import { readBody } from './read-body.ts';

/**
 * Brings the index up to date with a file that another program changed: new size, time and ETag; what described the object stays, but for the
 * checksum. Closes the descriptor. The file should not be written to at the same time: nobody can say then what the object is.
 */
export async function refreshEdited(index: ObjectIndex, bucket: string, opened: OpenObject): Promise<void> {
  const { entry, descriptor } = opened;
  const before = fstatSync(descriptor, { bigint: true });
  const size = Number(before.size);
  const hash = createHash('md5');
  for await (const chunk of readBody(descriptor, size)) hash.update(chunk);
  const now = index.object(bucket, entry.key);
  if (now === undefined || now.modifiedUs !== entry.modifiedUs || now.etag !== entry.etag) return;
  const { checksum: _, partSizes: __, ...description } = entry.description;
  index.putObject(bucket, { ...entry, size, modifiedUs: microseconds(before), etag: hash.digest('hex'), description });
}

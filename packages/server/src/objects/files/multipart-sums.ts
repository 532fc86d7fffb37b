/** What S3 computes over the parts of an upload instead of over its bytes. */
import { createHash } from 'node:crypto';
import { createChecksum } from '../checksums/checksum.ts';
import { combineCrcs, isCrc } from '../checksums/crc-combine.ts';
import { ObjectStoreError } from '../object-store-error.ts';
import type { Checksum, PutOptions } from '../object-store.ts';
import type { StoredPart } from './upload-index.ts';

export function joinParts(
  parts: readonly StoredPart[],
  wanted: PutOptions['checksum'],
): { etag: string; checksum?: Checksum } {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  const etag = `${md5.digest('hex')}-${parts.length}`;
  if (wanted === undefined) return { etag };
  const { algorithm } = wanted;
  const sums = parts.map((part) => {
    if (part.checksum?.algorithm !== algorithm) {
      throw new ObjectStoreError(
        'InvalidPart',
        `Part ${part.part} was uploaded without the ${algorithm} checksum that the upload was created with.`,
      );
    }
    return { value: part.checksum.value, size: part.size };
  });
  const whole = wanted.type === 'FULL_OBJECT' || algorithm === 'CRC64NVME';
  if (whole && isCrc(algorithm)) return { etag, checksum: { algorithm, value: combineCrcs(algorithm, sums) } };
  const running = createChecksum(algorithm);
  for (const { value } of sums) running.update(Buffer.from(value, 'base64'));
  return { etag, checksum: { algorithm, value: `${running.digest().toString('base64')}-${parts.length}` } };
}

import type { S3 } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createChecksum } from '../checksums/checksum.ts';
import { ObjectStoreError } from '../object-store-error.ts';
import type { Body, Checksum, PutOptions } from '../object-store.ts';
import { bareEtag, conditions, described } from './description.ts';

/** Held in memory until it is stored. */
const PART_BYTES = 8 * 2 ** 20;
/** S3 takes 10,000 parts: parts grow so that 5 TB still fit. */
const PARTS_OF_ONE_SIZE = 1000;
const PARTS_IN_FLIGHT = 2;

interface Address {
  readonly Bucket: string;
  readonly Key: string;
}

/** Stores a body of unknown length: in one call when it is small, else in parts. Nothing appears until it was right to the end. */
export async function putStream(s3: S3, to: Address, body: Body, options: PutOptions): Promise<StoredBody> {
  const sums = new Sums(options);
  const parts = cut(body, sums);
  const first = await parts.next();
  const second = first.done === true ? first : await parts.next();
  if (first.done === true || second.done === true) {
    const whole = first.done === true ? Buffer.alloc(0) : first.value;
    const checksum = await sums.check();
    const { ETag } = await s3.putObject({
      ...to,
      Body: whole,
      ...described(options),
      ...conditions(options),
      ...checksum,
    });
    return { etag: bareEtag(ETag), size: sums.size };
  }
  const etag = await putParts(s3, to, options, sums, chained([first.value, second.value], parts));
  return { etag, size: sums.size };
}

interface StoredBody {
  readonly etag: string;
  readonly size: number;
}

async function putParts(
  s3: S3,
  to: Address,
  options: PutOptions,
  sums: Sums,
  parts: AsyncIterable<Buffer>,
): Promise<string> {
  const algorithm = options.checksum?.algorithm;
  const { UploadId } = await s3.createMultipartUpload({
    ...to,
    ...described(options),
    ...(algorithm !== undefined && { ChecksumAlgorithm: algorithm, ChecksumType: checksumType(algorithm) }),
  });
  const upload = { ...to, UploadId };
  const stored: { PartNumber: number; ETag: string }[] = [];
  const inFlight = new Set<Promise<void>>();
  const store = async (Body: Buffer, PartNumber: number): Promise<void> => {
    const sum = algorithm === undefined ? {} : checksumMember(algorithm, sumOf(algorithm, Body));
    const { ETag = '', ...given } = await s3.uploadPart({ ...upload, PartNumber, Body, ...sum });
    stored.push({ PartNumber, ETag, ...pickChecksum(algorithm, given) });
  };
  try {
    let number = 0;
    for await (const part of parts) {
      while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
      const sending = store(part, (number += 1)).finally(() => inFlight.delete(sending));
      // Its failure is seen where it is waited for.
      sending.catch(() => undefined);
      inFlight.add(sending);
    }
    await Promise.all(inFlight);
    const whole = await sums.check();
    const Parts = stored.toSorted((a, b) => a.PartNumber - b.PartNumber);
    const kept = algorithm !== undefined && checksumType(algorithm) === 'FULL_OBJECT' ? whole : {};
    const MultipartUpload = { Parts };
    const { ETag } = await s3.completeMultipartUpload({ ...upload, MultipartUpload, ...conditions(options), ...kept });
    return bareEtag(ETag);
  } catch (error) {
    await Promise.allSettled(inFlight);
    // What went wrong first is what counts; what is left there is for the store's own rules to clear.
    await s3.abortMultipartUpload(upload).catch(() => undefined);
    throw error;
  }
}

/** SHA sums of parts cannot be joined to that of the whole. */
function checksumType(algorithm: Checksum['algorithm']): 'FULL_OBJECT' | 'COMPOSITE' {
  return algorithm === 'SHA1' || algorithm === 'SHA256' ? 'COMPOSITE' : 'FULL_OBJECT';
}

export type ChecksumMember = { [Name in `Checksum${Checksum['algorithm']}`]?: string | undefined };

/** E.g. `{ ChecksumCRC32: value }`. */
export function checksumMember(algorithm: Checksum['algorithm'], value: string): ChecksumMember {
  return { [`Checksum${algorithm}`]: value };
}

/** What CompleteMultipartUpload wants to hear again of a part with a checksum. */
export function pickChecksum(algorithm: Checksum['algorithm'] | undefined, given: ChecksumMember): ChecksumMember {
  const value = algorithm && given[`Checksum${algorithm}`];
  return algorithm === undefined || value === undefined ? {} : checksumMember(algorithm, value);
}

function sumOf(algorithm: Checksum['algorithm'], bytes: Uint8Array): string {
  const running = createChecksum(algorithm);
  running.update(bytes);
  return running.digest().toString('base64');
}

/** What the caller said of the body, against what came. */
export class Sums {
  readonly #options: Pick<PutOptions, 'checksum' | 'md5'>;
  readonly #md5: ReturnType<typeof createHash> | undefined;
  readonly #checksum: ReturnType<typeof createChecksum> | undefined;
  #size = 0;

  constructor(options: Pick<PutOptions, 'checksum' | 'md5'>) {
    this.#options = options;
    this.#md5 = options.md5 === undefined ? undefined : createHash('md5');
    this.#checksum = options.checksum && createChecksum(options.checksum.algorithm);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#md5?.update(bytes);
    this.#checksum?.update(bytes);
  }

  /** The checksum as a member of S3's calls. @throws BadDigest */
  async check(): Promise<ChecksumMember> {
    const { checksum, md5 } = this.#options;
    if (this.#md5 !== undefined && this.#md5.digest('hex') !== md5?.toLowerCase())
      throw new ObjectStoreError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    if (checksum === undefined || this.#checksum === undefined) return {};
    const value = this.#checksum.digest().toString('base64');
    const claimed = await checksum.value;
    if (claimed !== undefined && claimed !== value)
      throw new ObjectStoreError(
        'BadDigest',
        `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
      );
    return checksumMember(checksum.algorithm, value);
  }
}

async function* chained(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

/** The body in parts of equal size, the last as small as it comes. */
async function* cut(body: Body, sums: Sums): AsyncGenerator<Buffer> {
  let count = 0;
  let part: Buffer | undefined;
  let filled = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    sums.update(chunk);
    for (let at = 0; at < chunk.length;) {
      part ??= Buffer.allocUnsafe(PART_BYTES * 2 ** Math.floor(count / PARTS_OF_ONE_SIZE));
      const length = Math.min(chunk.length - at, part.length - filled);
      part.set(chunk.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < part.length) continue;
      yield part;
      part = undefined;
      filled = 0;
      count += 1;
    }
  }
  if (part !== undefined && filled > 0) yield part.subarray(0, filled);
}

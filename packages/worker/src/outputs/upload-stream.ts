import type { Readable } from 'node:stream';
import { WireError } from '@rung/wire';
import type { Platform } from '../platform/platform.ts';
import type { S3Location } from '../platform/s3-uri.ts';

/** Held in memory until it is stored, so that it can be sent again. */
const PART_BYTES = 8 * 2 ** 20;
/** S3 takes 10,000 parts: parts grow so that 8 MiB of memory suffice for a small object and 5 TB still fit. */
const PARTS_OF_ONE_SIZE = 1000;
const PARTS_IN_FLIGHT = 2;

/** Stores a stream of unknown length as one object: whole when it is small, in parts when it is large. Memory use does not depend on its length. */
export async function uploadStream(
  platform: Platform,
  to: S3Location,
  stream: Readable,
  signal: AbortSignal,
): Promise<void> {
  const parts = cut(stream)[Symbol.asyncIterator]();
  const first = await parts.next();
  const second = await parts.next();
  if (first.done === true || second.done === true)
    return storeWhole(platform, to, first.done === true ? Buffer.alloc(0) : first.value, signal);
  await storeParts(platform, to, [first.value, second.value], { [Symbol.asyncIterator]: () => parts }, signal);
}

async function storeWhole(
  platform: Platform,
  { bucket, key }: S3Location,
  body: Buffer,
  signal: AbortSignal,
): Promise<void> {
  await platform.keepTrying({ what: `store s3://${bucket}/${key}`, signal }, ({ s3 }) =>
    s3.call('PutObject', { Bucket: bucket, Key: key, Body: body }, { signal }),
  );
}

async function storeParts(
  platform: Platform,
  { bucket, key }: S3Location,
  begun: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const what = `store s3://${bucket}/${key}`;
  const address = { Bucket: bucket, Key: key };
  const { UploadId = '' } = await platform.keepTrying({ what, signal }, ({ s3 }) =>
    s3.call('CreateMultipartUpload', address, { signal }),
  );
  const stored: { PartNumber: number; ETag: string }[] = [];
  const inFlight = new Set<Promise<void>>();
  const store = (body: Buffer, PartNumber: number): void => {
    const sending = platform
      .keepTrying({ what, signal }, ({ s3 }) =>
        s3.call('UploadPart', { ...address, UploadId, PartNumber, Body: body }, { signal }),
      )
      .then(({ ETag = '' }) => void stored.push({ PartNumber, ETag }))
      .finally(() => inFlight.delete(sending));
    // Its failure is seen where it is waited for; until then it must not count as unhandled.
    sending.catch(() => undefined);
    inFlight.add(sending);
  };
  try {
    let number = 0;
    for await (const body of inOrder(begun, rest)) {
      while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
      store(body, (number += 1));
    }
    await Promise.all(inFlight);
    const Parts = stored.toSorted((a, b) => a.PartNumber - b.PartNumber);
    await platform.keepTrying({ what, signal }, ({ s3 }, attempt) =>
      complete(s3, { ...address, UploadId, MultipartUpload: { Parts } }, attempt, signal),
    );
  } catch (error) {
    await platform
      .keepTrying({ what, signal: AbortSignal.timeout(2000), limitMs: 2000 }, ({ s3 }) =>
        s3.call('AbortMultipartUpload', { ...address, UploadId }),
      )
      .catch(() => undefined); // The platform throws old uploads away by itself; what went wrong first is what counts.
    throw error;
  }
}

type S3 = Parameters<Parameters<Platform['keepTrying']>[1]>[0]['s3'];

async function complete(
  s3: S3,
  upload: {
    Bucket: string;
    Key: string;
    UploadId: string;
    MultipartUpload: { Parts: { PartNumber: number; ETag: string }[] };
  },
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await s3.call('CompleteMultipartUpload', upload, { signal });
  } catch (error) {
    // The try before may have succeeded without our hearing of it: then the object is there.
    if (attempt === 1 || !(error instanceof WireError) || error.code !== 'NoSuchUpload') throw error;
    await s3.call('HeadObject', { Bucket: upload.Bucket, Key: upload.Key }, { signal });
  }
}

async function* inOrder(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

/** The stream in parts of equal size, the last as small as it comes; the size doubles now and then. */
async function* cut(stream: Readable): AsyncGenerator<Buffer> {
  let count = 0;
  let held: Buffer[] = [];
  let bytes = 0;
  const size = (): number => PART_BYTES * 2 ** Math.floor(count / PARTS_OF_ONE_SIZE);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    held.push(chunk);
    bytes += chunk.length;
    while (bytes >= size()) {
      const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held, bytes);
      const part = all.subarray(0, size());
      held = [all.subarray(part.length)];
      bytes -= part.length;
      count += 1;
      yield part;
    }
  }
  if (bytes > 0) yield Buffer.concat(held, bytes);
}

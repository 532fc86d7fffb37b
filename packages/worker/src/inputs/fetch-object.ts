import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from '../data-error.ts';
import type { Platform, Services } from '../platform/platform.ts';
import type { InputObject } from './list-input.ts';

/** Fetches one object into a file, decompressed when `zipped`, as a stream from the socket to the disk. */
export async function fetchObject(
  platform: Platform,
  object: InputObject,
  file: string,
  zipped: boolean,
  signal: AbortSignal,
): Promise<void> {
  await platform.keepTrying({ what: `fetch s3://${object.bucket}/${object.key}`, signal }, async ({ s3 }) => {
    const body = await openObject(s3, object, signal);
    try {
      if (zipped) await pipeline(body, createGunzip(), createWriteStream(file), { signal });
      else await pipeline(body, createWriteStream(file), { signal });
    } catch (error) {
      if (!isDamage(error)) throw error;
      throw new DataError(
        `s3://${object.bucket}/${object.key} is no gzip file, but its channel says CompressionType Gzip`,
        { cause: error },
      );
    }
  });
}

/** The bytes of an object. The stream fails with a code that allows another try when fewer come than were promised. */
export async function openObject(s3: Services['s3'], object: InputObject, signal: AbortSignal): Promise<Readable> {
  const { Body = new Uint8Array(), ContentLength } = await s3.call(
    'GetObject',
    { Bucket: object.bucket, Key: object.key },
    { signal },
  );
  const source = Body instanceof Uint8Array ? Readable.from([Body], { objectMode: false }) : Body;
  return Readable.from(complete(source, ContentLength), { objectMode: false, highWaterMark: 2 ** 18 });
}

/** Whether decompressing failed because of what the data is, not because the connection ended early. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'Z_DATA_ERROR' || error.code === 'Z_BUF_ERROR');
}

async function* complete(source: AsyncIterable<Uint8Array>, expected: number | undefined): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const chunk of source) {
    received += chunk.length;
    yield chunk;
  }
  if (expected !== undefined && received !== expected) {
    throw Object.assign(new Error(`the connection ended after ${received} of ${expected} bytes`), {
      code: 'ECONNRESET',
    });
  }
}

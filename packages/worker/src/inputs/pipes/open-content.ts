import { closeSync, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../../data-error.ts';
import type { Platform } from '../../platform/platform.ts';
import type { InputObject } from '../list-input.ts';
import { objectFile } from '../locate-object.ts';

/** The bytes of one object, of a size that is known before they come: a file of this machine, or a stream over the wire. */
export type Content = { readonly size: number; close(): void } & (
  | { readonly type: 'file'; readonly descriptor: number }
  | { readonly type: 'stream'; readonly chunks: AsyncIterable<Uint8Array> }
);

/** @param root the embedded store's folder; undefined: the objects come over the wire. */
export async function openContent(
  platform: Platform,
  root: string | undefined,
  object: InputObject,
  signal: AbortSignal,
): Promise<Content> {
  const content = root === undefined || object.listed !== true ? undefined : openLocal(root, object);
  // Without a file the platform has the last word on whether there is such an object.
  return content ?? openRemote(platform, object, signal);
}

function openLocal(root: string, { bucket, key }: InputObject): Content | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(objectFile(root, bucket, key), 'r');
  } catch {
    return undefined;
  }
  const info = fstatSync(descriptor);
  const close = (): void => closeSync(descriptor);
  if (info.isFile()) return { type: 'file', size: info.size, descriptor, close };
  close();
  return undefined;
}

async function openRemote(platform: Platform, object: InputObject, signal: AbortSignal): Promise<Content> {
  const ended = new AbortController();
  const first = await request(platform, object, 0, undefined, AbortSignal.any([signal, ended.signal]));
  return {
    type: 'stream',
    size: first.size,
    chunks: wholeBody(platform, object, first, AbortSignal.any([signal, ended.signal])),
    close: () => ended.abort(),
  };
}

/** Goes on where the connection broke: a program that thinks for long before it reads on lets every connection end. */
async function* wholeBody(
  platform: Platform,
  object: InputObject,
  first: Answer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  let { body } = first;
  for (let fruitless = 0; ; fruitless += 1) {
    let failure: unknown;
    try {
      for await (const chunk of body) {
        at += chunk.length;
        fruitless = 0;
        yield chunk;
      }
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
    if (at >= first.size) return;
    if (fruitless === FRUITLESS_TRIES)
      throw new DataError(
        `Could not read s3://${object.bucket}/${object.key}: the connection broke again and again after ${at} of ${first.size} bytes`,
        { cause: failure },
      );
    await sleep(fruitless * 100, undefined, { signal });
    ({ body } = await request(platform, object, at, first.etag, signal));
  }
}

const FRUITLESS_TRIES = 20;

interface Answer {
  readonly body: AsyncIterable<Uint8Array>;
  /** Of the whole object. */
  readonly size: number;
  readonly etag: string | undefined;
}

async function request(
  platform: Platform,
  { bucket, key }: InputObject,
  from: number,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const rest = from === 0 ? {} : { Range: `bytes=${from}-` };
  const same = etag === undefined ? {} : { IfMatch: etag };
  const answer = await platform.keepTrying({ what: `read s3://${bucket}/${key}`, signal }, ({ s3 }) =>
    s3.call('GetObject', { Bucket: bucket, Key: key, ...rest, ...same }, { signal }),
  );
  const { Body = new Uint8Array(), ContentLength = 0, ETag } = answer;
  return { body: Body instanceof Uint8Array ? once(Body) : Body, size: from + ContentLength, etag: ETag };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

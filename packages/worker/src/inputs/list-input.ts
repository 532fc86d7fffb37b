import { buffer } from 'node:stream/consumers';
import { DataError } from '../data-error.ts';
import type { Input } from '../instance-spec.ts';
import type { Platform } from '../platform/platform.ts';
import { parseS3Uri } from '../platform/s3-uri.ts';

/** One object that belongs to an input. */
export interface InputObject {
  readonly bucket: string;
  readonly key: string;
  /** Path below the input's folder. */
  readonly name: string;
  /** The platform has just said that there is such an object; otherwise only a manifest has. */
  readonly listed?: true;
}

/** A manifest names its objects one by one: more than this is a mistake. */
const MANIFEST_BYTES = 64 * 2 ** 20;

/** The objects of an input in key order. Lists page by page: memory does not depend on how many there are, but for a manifest. */
export async function* listInput(platform: Platform, input: Input, signal: AbortSignal): AsyncGenerator<InputObject> {
  const { bucket, key } = parseS3Uri(input.uri);
  switch (input.type) {
    case 'object':
      yield { bucket, key, name: key.slice(key.lastIndexOf('/') + 1) };
      break;
    case 'prefix':
      yield* listPrefix(platform, bucket, input.delivery?.type === 'links' ? asFolder(key) : key, signal);
      break;
    case 'manifest':
      yield* await readManifest(platform, input.uri, signal);
      break;
    case 'augmented-manifest':
      throw new DataError(`Channel ${input.name}: an augmented manifest is read in Pipe mode only`);
    default:
      input.type satisfies never;
  }
}

/** FastFile mode knows whole folders only. */
function asFolder(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/**
 * As SageMaker does: every key that begins with the prefix, also one that goes on within a name. Paths begin after the prefix where it is a
 * folder, written with or without its slash, else after its last slash.
 */
async function* listPrefix(
  platform: Platform,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<InputObject> {
  const within = prefix.lastIndexOf('/') + 1;
  const isWhole = within === prefix.length;
  const beginning = (key: string): number => (!isWhole && key[prefix.length] === '/' ? prefix.length + 1 : within);
  let token: string | undefined;
  do {
    const page = await platform.keepTrying({ what: `list s3://${bucket}/${prefix}`, signal }, ({ s3 }) =>
      s3.call(
        'ListObjectsV2',
        { Bucket: bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) },
        { signal },
      ),
    );
    for (const { Key: key = '' } of page.Contents ?? []) {
      // A key that ends with a slash is the mark of a folder, made by S3 consoles.
      if (!key.endsWith('/')) yield { bucket, key, name: key.slice(beginning(key)), listed: true };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function readManifest(platform: Platform, uri: string, signal: AbortSignal): Promise<InputObject[]> {
  const { bucket, key } = parseS3Uri(uri);
  const text = await platform.keepTrying({ what: `read the manifest ${uri}`, signal }, async ({ s3 }) => {
    const object = await s3.call('GetObject', { Bucket: bucket, Key: key }, { signal });
    if ((object.ContentLength ?? 0) > MANIFEST_BYTES)
      throw new DataError(`The manifest ${uri} has more than ${MANIFEST_BYTES} bytes: is it the data itself?`);
    const { Body = new Uint8Array() } = object;
    return (Body instanceof Uint8Array ? Buffer.from(Body) : await buffer(Body)).toString('utf8');
  });
  const [head, ...names] = parseManifest(uri, text);
  const place = parseS3Uri(head);
  return names
    .map((name) => ({ bucket: place.bucket, key: place.key + name, name }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** The prefix, then the names below it. */
function parseManifest(uri: string, text: string): [string, ...string[]] {
  const wrong = (why: string): DataError =>
    new DataError(`${uri} is no manifest: ${why}. It has the form [{"prefix": "s3://bucket/folder/"}, "name", …]`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : 'it is no JSON');
  }
  if (!Array.isArray(json)) throw wrong('it is no list');
  const [head, ...names] = json as unknown[];
  if (typeof head !== 'object' || head === null || !('prefix' in head) || typeof head.prefix !== 'string')
    throw wrong('its first element has no "prefix"');
  const strings = names.filter((name) => typeof name === 'string');
  if (strings.length < names.length) throw wrong('an element after the first is no string');
  return [head.prefix, ...strings];
}

/** The error for an input without any object: SageMaker's own sentence. */
export function nothingFound(input: Input): DataError {
  const { bucket } = parseS3Uri(input.uri);
  return new DataError(
    `No S3 objects found under S3 URL "${input.uri}" given in input data source ${input.name}. Please ensure that the bucket "${bucket}" exists and that objects exist under that prefix.`,
  );
}

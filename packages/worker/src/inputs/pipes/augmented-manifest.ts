import { createReadStream } from 'node:fs';
import { DataError } from '../../data-error.ts';
import { parseS3Uri } from '../../platform/s3-uri.ts';
import type { InputObject } from '../list-input.ts';
import type { EpochPlace } from './epoch-entries.ts';
import { openContent } from './open-content.ts';

/** One attribute of one line. */
export type ManifestPart =
  | { readonly type: 'object'; readonly object: InputObject; readonly line: number }
  | { readonly type: 'value'; readonly bytes: Uint8Array };

/**
 * The lines of an augmented manifest: a JSON object each. An attribute whose name ends with `-ref` stands for the object that its value names; a
 * text is sent as it is, everything else as JSON.
 * @throws DataError naming the line.
 */
export async function* readAugmentedManifest(
  uri: string,
  attributes: readonly string[],
  { platform, root, signal }: EpochPlace,
): AsyncGenerator<ManifestPart[]> {
  const { bucket, key } = parseS3Uri(uri);
  const content = await openContent(platform, root, { bucket, key, name: key }, signal);
  try {
    const bytes =
      content.type === 'stream' ? content.chunks : createReadStream('', { fd: content.descriptor, autoClose: false });
    let number = 0;
    for await (const line of linesOf(bytes, uri)) {
      number += 1;
      if (line.trim() !== '') yield partsOf(line, number, uri, attributes);
    }
  } finally {
    content.close();
  }
}

/** A line longer than this is no line of a manifest. */
const LINE_BYTES = 16 * 2 ** 20;

async function* linesOf(chunks: AsyncIterable<Uint8Array>, uri: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
      yield rest.toString('utf8', from, end);
      from = end + 1;
    }
    rest = rest.subarray(from);
    if (rest.length > LINE_BYTES)
      throw new DataError(`${uri} is no augmented manifest: it has a line of more than ${LINE_BYTES} bytes`);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

function partsOf(line: string, number: number, uri: string, attributes: readonly string[]): ManifestPart[] {
  const wrong = (why: string): DataError => new DataError(`Line ${number} of the augmented manifest ${uri} ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw wrong(`is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('is no JSON object');
  const record = new Map<string, unknown>(Object.entries(json));
  return attributes.map((name): ManifestPart => {
    const value = record.get(name);
    if (value === undefined)
      throw wrong(`has no attribute "${name}"; it has: ${[...record.keys()].join(', ') || 'none'}`);
    if (!name.endsWith('-ref'))
      return { type: 'value', bytes: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) };
    if (typeof value !== 'string' || !/^s3:\/\/[^/]+\/./s.test(value))
      throw wrong(`has ${JSON.stringify(value)} as "${name}", which is no S3 address of an object: s3://bucket/key`);
    const { bucket, key } = parseS3Uri(value);
    return { type: 'object', object: { bucket, key, name: key }, line: number };
  });
}

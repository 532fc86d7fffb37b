import { gunzipSync } from 'node:zlib';
import { WireError } from '../errors.ts';
import type { Body } from './protocol.ts';

/** Longest structured body that is read into memory, in bytes; streamed payloads have no such limit here. */
const longestBody = 64 * 1024 * 1024;

/** The whole body in one piece. Thrown when it is larger than 64 MiB (`RequestEntityTooLarge`). */
export async function readBody(body: Body): Promise<Uint8Array> {
  if (typeof body === 'string') return Buffer.from(body, 'utf8');
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > longestBody) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** The whole body as text; a gzipped one is unpacked, for clients compress large requests of some operations. */
export async function readText(body: Body, contentEncoding?: string): Promise<string> {
  const bytes = await readPlain(body, contentEncoding);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The whole body; a gzipped one is unpacked. */
export async function readPlain(body: Body, contentEncoding?: string): Promise<Uint8Array> {
  const bytes = await readBody(body);
  if (contentEncoding?.toLowerCase() !== 'gzip') return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: longestBody });
  } catch (cause) {
    throw new WireError('SerializationException', 'The body is not valid gzip data, or unpacks to more than 64 MiB.', {
      cause,
    });
  }
}

function tooLarge(): WireError {
  return new WireError('RequestEntityTooLarge', `The body is larger than ${longestBody} bytes.`);
}

import { createReadStream, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../data-error.ts';
import { isDamage } from '../fetch-object.ts';
import type { FifoWriter } from './fifo-writer.ts';
import type { Content } from './open-content.ts';
import { MAX_RECORD_BYTES, recordHeader, recordPadding } from './recordio-frame.ts';

export interface EntryForm {
  readonly gunzip: boolean;
  readonly recordio: boolean;
}

/** As much as fits into the processor's cache on its way from the file to the pipe. */
const BLOCK_BYTES = 131_072;
const block = Buffer.allocUnsafe(BLOCK_BYTES);

/** @throws NobodyReads; DataError when the object is not what its channel says. */
export async function sendObject(
  writer: FifoWriter,
  content: Content,
  { gunzip, recordio }: EntryForm,
  uri: string,
): Promise<void> {
  if (gunzip) {
    if (recordio) sendValue(writer, await decompressed(content, uri), uri);
    else for await (const chunk of decompress(content, uri)) writer.write(chunk);
    return;
  }
  if (recordio) refuseLarge(content.size, uri);
  if (recordio) writer.write(recordHeader(content.size));
  const sent =
    content.type === 'file' ? sendFile(writer, content.descriptor) : await sendStream(writer, content.chunks);
  if (sent !== content.size && recordio)
    throw new DataError(`${uri} was changed while it was read: ${sent} bytes came instead of ${content.size}`);
  if (recordio) writer.write(recordPadding(sent));
}

/** One RecordIO record. */
export function sendValue(writer: FifoWriter, bytes: Uint8Array, what: string): void {
  refuseLarge(bytes.length, what);
  writer.write(recordHeader(bytes.length));
  writer.write(bytes);
  writer.write(recordPadding(bytes.length));
}

function refuseLarge(size: number, what: string): void {
  if (size > MAX_RECORD_BYTES)
    throw new DataError(
      `${what} is too large for one RecordIO record: it has more than ${MAX_RECORD_BYTES} bytes. Use smaller objects, or RecordWrapperType None.`,
    );
}

function sendFile(writer: FifoWriter, descriptor: number): number {
  let sent = 0;
  for (let length = -1; length !== 0; sent += length) {
    length = readSync(descriptor, block);
    writer.write(block.subarray(0, length));
  }
  return sent;
}

async function sendStream(writer: FifoWriter, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let sent = 0;
  for await (const chunk of chunks) {
    writer.write(chunk);
    sent += chunk.length;
  }
  return sent;
}

async function decompressed(content: Content, uri: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of decompress(content, uri)) {
    chunks.push(chunk);
    size += chunk.length;
    refuseLarge(size, uri);
  }
  return Buffer.concat(chunks, size);
}

async function* decompress(content: Content, uri: string): AsyncGenerator<Uint8Array> {
  if (content.size === 0) throw noGzip(uri);
  const compressed =
    content.type === 'file'
      ? createReadStream('', { fd: content.descriptor, autoClose: false, highWaterMark: BLOCK_BYTES })
      : Readable.from(content.chunks, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: BLOCK_BYTES });
  compressed.once('error', (error: Error) => gunzip.destroy(error));
  try {
    // A stream of bytes: no encoding is set.
    for await (const chunk of compressed.pipe(gunzip) as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw isDamage(error) ? noGzip(uri, error) : error;
  } finally {
    compressed.destroy();
    gunzip.destroy();
  }
}

function noGzip(uri: string, cause?: unknown): DataError {
  return new DataError(`${uri} is no gzip file, or is cut off, but its channel says CompressionType Gzip`, { cause });
}

import { createHash, type Hash } from 'node:crypto';
import { type ChunkSeed, type ChunkSigner, createChunkSigner } from './chunk-signature.ts';
import { SignatureError } from './signature-error.ts';
import { sameText } from './verify-signature.ts';

export interface AwsChunkedOptions {
  /** Given where every chunk is signed; `undefined` for `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. */
  readonly seed?: ChunkSeed | undefined;
  /** `x-amz-decoded-content-length`, in bytes. */
  readonly decodedLength?: number | undefined;
  /** The names in `x-amz-trailer`, lower-case: what must follow the last chunk, and nothing else. */
  readonly trailers?: readonly string[];
}

export interface AwsChunkedBody extends AsyncIterable<Uint8Array> {
  /** By lower-case name; there once the iteration has ended well, and never before. Comparing checksums is the reader's part. */
  readonly trailers: Promise<Readonly<Record<string, string>>>;
}

/** Thrown when the framing is broken (`malformed`) or the length is not the one promised (`incomplete`). */
export class AwsChunkedError extends Error {
  override readonly name = 'AwsChunkedError';
  readonly fault: 'malformed' | 'incomplete';

  constructor(fault: 'malformed' | 'incomplete', message: string) {
    super(message);
    this.fault = fault;
  }
}

/**
 * The content of an `aws-chunked` body. Pieces are passed on as they come, in flat memory; a wrong signature or length
 * ends the iteration with an error, so content counts only once the iteration has ended well.
 *
 * Thrown: `SignatureError` (`tampered`) for a wrong chunk or trailer signature, `AwsChunkedError` otherwise.
 */
export function decodeAwsChunked(source: AsyncIterable<Uint8Array>, options: AwsChunkedOptions = {}): AwsChunkedBody {
  const trailers = Promise.withResolvers<Readonly<Record<string, string>>>();
  // Who wants no trailers hears of the failure from the iteration.
  trailers.promise.catch(() => undefined);
  return {
    trailers: trailers.promise,
    async *[Symbol.asyncIterator]() {
      const input = new ByteReader(source);
      try {
        trailers.resolve(yield* decode(input, options));
      } catch (error) {
        trailers.reject(error);
        throw error;
      } finally {
        // Does nothing after the end; ends the wait when nobody reads on.
        trailers.reject(new AwsChunkedError('incomplete', 'The body was not read to its end.'));
        await input.close();
      }
    },
  };
}

/** Far above what any client sends: a hexadecimal size and one signature. */
const LONGEST_LINE = 512;
const LONGEST_TRAILER = 8192;

async function* decode(
  input: ByteReader,
  options: AwsChunkedOptions,
): AsyncGenerator<Uint8Array, Readonly<Record<string, string>>, undefined> {
  const signer = options.seed && createChunkSigner(options.seed);
  const { decodedLength } = options;
  let total = 0;
  for (;;) {
    const { size, signature } = readChunkHeader(await input.line(LONGEST_LINE), signer !== undefined);
    total += size;
    if (decodedLength !== undefined && total > decodedLength) {
      throw new AwsChunkedError(
        'incomplete',
        `The body holds more than the ${decodedLength} bytes of x-amz-decoded-content-length.`,
      );
    }
    const hash = signer && createHash('sha256');
    for (let left = size; left > 0;) {
      const piece = await input.atMost(left);
      left -= piece.length;
      hash?.update(piece);
      yield piece;
    }
    checkChunk(signer, hash, signature);
    if (size === 0) break;
    if ((await input.line(LONGEST_LINE)) !== '')
      throw new AwsChunkedError('malformed', 'A chunk is longer than it says.');
  }
  if (decodedLength !== undefined && total !== decodedLength) {
    throw new AwsChunkedError(
      'incomplete',
      `You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: ${total} instead of ${decodedLength}.`,
    );
  }
  return readTrailers(await input.rest(LONGEST_TRAILER), options.trailers ?? [], signer);
}

function readChunkHeader(line: string, signed: boolean): { size: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  const digits = match?.[1];
  if (digits === undefined)
    throw new AwsChunkedError('malformed', 'A chunk of the aws-chunked body does not begin with its size.');
  if (signed && match?.[2] === undefined)
    throw new AwsChunkedError('malformed', 'A chunk of the aws-chunked body has no chunk-signature.');
  return { size: Number.parseInt(digits, 16), signature: match?.[2] };
}

function checkChunk(signer: ChunkSigner | undefined, hash: Hash | undefined, signature: string | undefined): void {
  if (signer === undefined || hash === undefined) return;
  if (!sameText(signer.chunk(hash.digest('hex')), signature ?? '')) {
    throw new SignatureError(
      'tampered',
      'The chunk signature we calculated does not match the signature you provided: the body was changed, or signed with another key.',
    );
  }
}

function readTrailers(
  text: string,
  expected: readonly string[],
  signer: ChunkSigner | undefined,
): Readonly<Record<string, string>> {
  const trailers: Record<string, string> = {};
  let signed = '';
  let signature: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'x-amz-trailer-signature') {
      signature = value;
    } else if (expected.includes(name)) {
      signed += `${name}:${value}\n`;
      trailers[name] = value;
    } else {
      throw new AwsChunkedError('malformed', 'The body contains a trailer that x-amz-trailer does not name.');
    }
  }
  const missing = expected.filter((name) => trailers[name] === undefined);
  if (missing.length > 0)
    throw new AwsChunkedError(
      'malformed',
      `The body lacks the trailer that x-amz-trailer names: ${missing.join(', ')}.`,
    );
  if (signer === undefined || expected.length === 0) return trailers;
  if (signature === undefined || !sameText(signer.trailer(signed), signature)) {
    throw new SignatureError(
      'tampered',
      'The trailer signature we calculated does not match the signature you provided.',
    );
  }
  return trailers;
}

/** Lines and runs of bytes out of pieces of any size, copying only what straddles two pieces. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to the next CRLF, without it. */
  async line(longest: number): Promise<string> {
    for (;;) {
      const end = this.#piece.indexOf('\r\n');
      if (end > longest || (end < 0 && this.#piece.length > longest + 1))
        throw new AwsChunkedError('malformed', 'A line of the aws-chunked body is too long.');
      if (end >= 0) {
        const line = this.#piece.toString('latin1', 0, end);
        this.#piece = this.#piece.subarray(end + 2);
        return line;
      }
      const next = await this.#next();
      if (next === undefined)
        throw new AwsChunkedError('incomplete', 'The aws-chunked body ended before its last chunk.');
      this.#piece = Buffer.concat([this.#piece, next]);
    }
  }

  /** At least one byte, at most `size`. */
  async atMost(size: number): Promise<Uint8Array> {
    while (this.#piece.length === 0) {
      const next = await this.#next();
      if (next === undefined) throw new AwsChunkedError('incomplete', 'The aws-chunked body ended inside a chunk.');
      this.#piece = next;
    }
    const piece = this.#piece.subarray(0, size);
    this.#piece = this.#piece.subarray(piece.length);
    return piece;
  }

  async rest(longest: number): Promise<string> {
    for (;;) {
      if (this.#piece.length > longest)
        throw new AwsChunkedError('malformed', 'The trailer of the aws-chunked body is too long.');
      const next = await this.#next();
      if (next === undefined) return this.#piece.toString('latin1');
      this.#piece = Buffer.concat([this.#piece, next]);
    }
  }

  /** The source is told when nobody reads on. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #next(): Promise<Buffer | undefined> {
    const result = await this.#source.next();
    if (result.done === true) return undefined;
    return Buffer.from(result.value.buffer, result.value.byteOffset, result.value.byteLength);
  }
}

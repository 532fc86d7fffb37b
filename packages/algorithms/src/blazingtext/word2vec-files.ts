/** Word2vec's files: `vectors.bin` (a header line; then each word, a space, its numbers as bytes, an end of line) and `vectors.txt`. */
import { ClientError } from '../errors.ts';

export interface WordVectors {
  readonly words: readonly string[];
  readonly dim: number;
  /** A row of `dim` numbers per word. */
  readonly vectors: Float32Array;
}

export function encodeVectorsBin({ words, dim, vectors }: WordVectors): Uint8Array {
  const texts = words.map((word) => Buffer.from(`${word} `));
  const head = Buffer.from(`${words.length} ${dim}\n`);
  const rowBytes = dim * 4;
  const bytes = Buffer.alloc(texts.reduce((sum, { length }) => sum + length + rowBytes + 1, head.length));
  const numbers = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  let at = head.copy(bytes);
  for (const [index, text] of texts.entries()) {
    at += text.copy(bytes, at);
    bytes.set(numbers.subarray(index * rowBytes, (index + 1) * rowBytes), at);
    at += rowBytes;
    bytes[at++] = 10;
  }
  return bytes;
}

export function encodeVectorsText({ words, dim, vectors }: WordVectors): Uint8Array {
  const parts = [Buffer.from(`${words.length} ${dim}\n`)];
  for (let first = 0; first < words.length; first += 1000) {
    let text = '';
    for (const [index, word] of words.slice(first, first + 1000).entries()) {
      text += word;
      const start = (first + index) * dim;
      for (let i = start; i < start + dim; i++) text += ` ${decimal(vectors[i] ?? 0)}`;
      text += '\n';
    }
    parts.push(Buffer.from(text));
  }
  return Buffer.concat(parts);
}

/** Six places after the point: as word2vec writes numbers. */
function decimal(value: number): string {
  return value.toFixed(6);
}

/** Thrown when the file is damaged: ClientError. `name` is for messages. */
export function decodeVectorsBin(bytes: Uint8Array, name: string): WordVectors {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headEnd = buffer.indexOf(10);
  const [count = Number.NaN, dim = Number.NaN] = buffer
    .toString('latin1', 0, Math.max(0, headEnd))
    .split(' ')
    .map(Number);
  const damaged = (why: string): ClientError => new ClientError(`file ${name} of the model is damaged: ${why}`);
  if (
    !Number.isSafeInteger(count) ||
    !Number.isSafeInteger(dim) ||
    count < 1 ||
    dim < 1 ||
    count * dim * 4 > buffer.length
  )
    throw damaged('it does not begin with the number of words and of their numbers');
  const vectors = new Float32Array(count * dim);
  const target = new Uint8Array(vectors.buffer);
  const words: string[] = [];
  let at = headEnd + 1;
  for (let index = 0; index < count; index++) {
    if (buffer[at] === 10) at++;
    const gap = buffer.indexOf(32, at);
    const end = gap + 1 + dim * 4;
    if (gap < 0 || end > buffer.length) throw damaged(`it ends after ${index} of ${count} words`);
    words.push(buffer.toString('utf8', at, gap));
    target.set(buffer.subarray(gap + 1, end), index * dim * 4);
    at = end;
  }
  return { words, dim, vectors };
}

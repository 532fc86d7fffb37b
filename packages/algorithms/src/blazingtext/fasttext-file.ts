/** fastText's own binary format, version 12: `model.bin` of a classifier, and `vectors.bin` of words with subwords. */
import { ClientError } from '../errors.ts';

const magic = 793_712_314;
const version = 12;

export const losses = { 1: 'hs', 2: 'ns', 3: 'softmax', 4: 'ova' } as const;
export const models = { 1: 'cbow', 2: 'skipgram', 3: 'supervised' } as const;
export type Loss = (typeof losses)[keyof typeof losses];
export type FastTextKind = (typeof models)[keyof typeof models];

export interface FastTextSettings {
  readonly dim: number;
  readonly window: number;
  readonly epochs: number;
  readonly minCount: number;
  readonly negatives: number;
  readonly wordNgrams: number;
  readonly loss: Loss;
  readonly model: FastTextKind;
  readonly buckets: number;
  readonly minChar: number;
  readonly maxChar: number;
  readonly samplingThreshold: number;
}

export interface FastTextModel {
  readonly settings: FastTextSettings;
  readonly words: readonly string[];
  readonly wordCounts: readonly number[];
  readonly labels: readonly string[];
  readonly labelCounts: readonly number[];
  /** Words of the text, with repetitions. */
  readonly tokens: number;
  /** Words, then buckets; `dim` numbers each. */
  readonly input: Float32Array;
  /** Labels, or the words as targets; `dim` numbers each. */
  readonly output: Float32Array;
}

/** Whether a file begins as fastText's do. */
export function isFastTextFile(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) === magic;
}

/** The parts of the file, of which two are the matrices themselves. */
export function encodeFastText(model: FastTextModel): Uint8Array[] {
  const { settings, input, output } = model;
  return [
    encodeHead(model),
    matrixHead(input, settings.dim),
    bytesOf(input),
    matrixHead(output, settings.dim),
    bytesOf(output),
  ];
}

/** Settings and dictionary. */
function encodeHead({ settings, words, labels, wordCounts, labelCounts, tokens }: FastTextModel): Uint8Array {
  const texts = [...words, ...labels].map((word) => Buffer.from(word));
  const counts = [...wordCounts, ...labelCounts];
  const bytes = Buffer.alloc(8 + 12 * 4 + 8 + 28 + texts.reduce((sum, { length }) => sum + length + 10, 0));
  let at = 0;
  const int = (value: number): void => void (at = bytes.writeInt32LE(value, at));
  const long = (value: number): void => void (at = bytes.writeBigInt64LE(BigInt(value), at));
  int(magic);
  int(version);
  for (const value of [settings.dim, settings.window, settings.epochs, settings.minCount, settings.negatives])
    int(value);
  int(settings.wordNgrams);
  int(codeOf(losses, settings.loss));
  int(codeOf(models, settings.model));
  for (const value of [settings.buckets, settings.minChar, settings.maxChar, 100]) int(value);
  at = bytes.writeDoubleLE(settings.samplingThreshold, at);
  int(texts.length);
  int(words.length);
  int(labels.length);
  long(tokens);
  // No entry was pruned.
  long(-1);
  for (const [index, text] of texts.entries()) {
    at += text.copy(bytes, at);
    bytes[at++] = 0;
    long(counts[index] ?? 0);
    bytes[at++] = index < words.length ? 0 : 1;
  }
  return bytes;
}

/** Not quantized; rows, columns. */
function matrixHead({ length }: Float32Array, dim: number): Uint8Array {
  const bytes = Buffer.alloc(17);
  bytes.writeBigInt64LE(BigInt(length / dim), 1);
  bytes.writeBigInt64LE(BigInt(dim), 9);
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Thrown when the file is damaged, quantized (`.ftz`), or of another version: ClientError. `name` is for messages. */
export function decodeFastText(bytes: Uint8Array, name: string): FastTextModel {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new ClientError(`file ${name} of the model is damaged: it ends too early`, { cause });
    throw cause;
  }
}

function decode(bytes: Buffer, name: string): FastTextModel {
  let at = 0;
  const int = (): number => bytes.readInt32LE((at += 4) - 4);
  const long = (): number => Number(bytes.readBigInt64LE((at += 8) - 8));
  if (int() !== magic) throw new ClientError(`file ${name} is no model of fastText`);
  const found = int();
  if (found !== version && found !== 11)
    throw new ClientError(`file ${name} is of fastText's format ${found}: 11 and 12 are known`);
  const [dim, window, epochs, minCount, negatives, wordNgrams, lossCode, modelCode] = Array.from({ length: 8 }, int);
  const [buckets, minChar, maxChar] = Array.from({ length: 4 }, int);
  const samplingThreshold = bytes.readDoubleLE((at += 8) - 8);
  const loss = nameOf(losses, lossCode);
  const model = nameOf(models, modelCode);
  if (loss === undefined || model === undefined || dim === undefined || dim < 1 || buckets === undefined)
    throw new ClientError(`file ${name} of the model is damaged: its settings are none that fastText has`);
  const settings: FastTextSettings = {
    dim,
    window: window ?? 0,
    epochs: epochs ?? 0,
    minCount: minCount ?? 0,
    negatives: negatives ?? 0,
    wordNgrams: wordNgrams ?? 1,
    loss,
    model,
    buckets,
    minChar: minChar ?? 0,
    // Classifiers of format 11 had no subwords, whatever their settings say.
    maxChar: found === 11 && model === 'supervised' ? 0 : (maxChar ?? 0),
    samplingThreshold,
  };
  const size = int();
  const wordCount = int();
  at += 4;
  const tokens = long();
  if (long() >= 0) throw quantized(name);
  const entries = Array.from({ length: size }, () => {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new ClientError(`file ${name} of the model is damaged: a word does not end`);
    const word = bytes.toString('utf8', at, end);
    at = end + 1;
    const count = long();
    at++;
    return { word, count };
  });
  const matrix = (): Float32Array => {
    if (bytes[at++] !== 0) throw quantized(name);
    const length = long() * long();
    const start = at;
    at += length * 4;
    if (!(length >= 0 && at <= bytes.length)) throw new RangeError();
    const place = bytes.byteOffset + start;
    // Numbers must begin at a multiple of four.
    return place % 4 === 0
      ? new Float32Array(bytes.buffer, place, length)
      : new Float32Array(bytes.buffer.slice(place, place + length * 4));
  };
  const words = entries.slice(0, wordCount);
  const labels = entries.slice(wordCount);
  return {
    settings,
    words: words.map(({ word }) => word),
    wordCounts: words.map(({ count }) => count),
    labels: labels.map(({ word }) => word),
    labelCounts: labels.map(({ count }) => count),
    tokens,
    input: matrix(),
    output: matrix(),
  };
}

function quantized(name: string): ClientError {
  return new ClientError(
    `file ${name} is a quantized model of fastText (.ftz), which is not served: use the model.bin that it was made of`,
  );
}

function codeOf<T extends Readonly<Record<number, string>>>(table: T, name: T[keyof T]): number {
  return Number(Object.keys(table).find((code) => table[Number(code)] === name));
}

function nameOf<T extends Readonly<Record<number, string>>>(
  table: T,
  code: number | undefined,
): T[keyof T] | undefined {
  // Safe: a value of the table, or nothing.
  return table[code ?? 0] as T[keyof T] | undefined;
}

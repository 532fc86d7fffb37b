/** Reads CSV of entities and IPv4 addresses. */
import { ClientError } from '../errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { csvType, labelSizeOf } from '../formats/content-type.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { entityNumber, finish, FNV_FACTOR, FNV_START, parsePairLine } from './pair.ts';

/** Pairs side by side: the number of each entity's vector, and the address. */
export interface Pairs {
  readonly count: number;
  readonly entities: Uint32Array;
  readonly addresses: Uint32Array;
}

export interface PairOptions {
  /** Vectors that entities are hashed to. */
  readonly vectors: number;
  /** Pairs that are handed on together, at most. */
  readonly most: number;
}

/** Yields pairs that are the caller's to keep. Thrown when a line is no pair, or there is none at all: ClientError naming file, line and value. */
export async function* readPairs(channel: DataChannel, epoch: number, options: PairOptions): AsyncGenerator<Pairs> {
  checkContentType(channel);
  const collected = new PairCollector(options);
  let total = 0;
  for await (const source of channel.sources(epoch)) {
    for await (const { text, firstLine } of wholeLines(source)) {
      for (let at = 0, line = firstLine; at < text.length; line++) {
        at = collected.take(text, at, `file ${source.name}, line ${line}`, line);
        if (!collected.isFull) continue;
        total += options.most;
        yield collected.handOver();
      }
    }
  }
  const rest = collected.handOver();
  if (rest.count > 0) yield rest;
  if (total + rest.count === 0) throw new ClientError(`channel ${channel.name} holds no rows: its files are empty`);
}

function checkContentType({ name, contentType }: DataChannel): void {
  if (contentType === undefined) return;
  if (contentType.type !== csvType)
    throw new ClientError(`channel ${name}: content type ${contentType.type} is not supported; use ${csvType}`);
  const labelSize = labelSizeOf(contentType) ?? 0;
  if (labelSize !== 0)
    throw new ClientError(
      `channel ${name}: label_size=${labelSize}, but its rows have no label: entity and address only`,
    );
}

class PairCollector {
  readonly #options: PairOptions;
  #entities: Uint32Array<ArrayBuffer>;
  #addresses: Uint32Array<ArrayBuffer>;
  #count = 0;

  constructor(options: PairOptions) {
    this.#options = options;
    this.#entities = new Uint32Array(Math.min(options.most, FIRST_PAIRS));
    this.#addresses = new Uint32Array(this.#entities.length);
  }

  get isFull(): boolean {
    return this.#count === this.#options.most;
  }

  handOver(): Pairs {
    const pairs = {
      count: this.#count,
      entities: this.#entities.slice(0, this.#count),
      addresses: this.#addresses.slice(0, this.#count),
    };
    this.#count = 0;
    return pairs;
  }

  /** Takes the line at `start`, which ends with a line feed; returns where the next one begins. */
  take(text: Uint8Array, start: number, place: string, line: number): number {
    let hash = FNV_START;
    let at = start;
    for (let byte = text[at] ?? LINE_FEED; byte !== COMMA; byte = text[++at] ?? LINE_FEED) {
      // Anything unusual is left to the way that takes its time: quotes, blanks, no comma.
      if (byte <= QUOTE) return this.#takeText(text, start, place, line);
      hash = Math.imul(hash ^ byte, FNV_FACTOR);
    }
    if (at === start) return this.#takeText(text, start, place, line);
    let address = 0;
    for (let part = 0; part < 4; part++) {
      const first = ++at;
      let value = 0;
      for (let digit = (text[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (text[++at] ?? 0) - ZERO)
        value = value * 10 + digit;
      const digits = at - first;
      const isGood = digits === 1 || (digits > 1 && digits < 4 && text[first] !== ZERO && value < 256);
      if (!isGood || (part < 3 && text[at] !== DOT)) return this.#takeText(text, start, place, line);
      address = address * 256 + value;
    }
    if (text[at] === CARRIAGE_RETURN) at++;
    if (text[at] !== LINE_FEED) return this.#takeText(text, start, place, line);
    this.#add(finish(hash) % this.#options.vectors, address);
    return at + 1;
  }

  #takeText(text: Uint8Array, start: number, place: string, line: number): number {
    const end = text.indexOf(LINE_FEED, start);
    const words = new TextDecoder().decode(text.subarray(start, end));
    if (words.trim() !== '') {
      const pair = parsePairLine(words.replace(/\r$/, ''));
      if ('problem' in pair) {
        const hint =
          line === 1 && pair.problem.includes('is not an IPv4') ? '; the file must not have a header line' : '';
        throw new ClientError(`${place}${pair.problem.startsWith('column') ? ', ' : ': '}${pair.problem}${hint}`);
      }
      this.#add(entityNumber(pair.entity, this.#options.vectors), pair.address);
    }
    return end + 1;
  }

  #add(entity: number, address: number): void {
    if (this.#count === this.#entities.length) {
      const length = Math.min(this.#options.most, this.#count * 2);
      this.#entities = grown(this.#entities, length);
      this.#addresses = grown(this.#addresses, length);
    }
    this.#entities[this.#count] = entity;
    this.#addresses[this.#count++] = address;
  }
}

const FIRST_PAIRS = 65_536;
const CHUNK_BYTES = 1_048_576;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;

function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length);
  larger.set(array);
  return larger;
}

/** The text in pieces of whole lines, each ended by a line feed, the last one too; without the byte order mark that may be in front. */
async function* wholeLines(
  source: ByteSource,
): AsyncGenerator<{ readonly text: Uint8Array; readonly firstLine: number }> {
  let buffer = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let firstLine = 1;
  let isStart = true;
  for (;;) {
    if (filled === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const read = await source.read(buffer.subarray(filled));
    filled += read;
    if (isStart && filled >= 3) {
      isStart = false;
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) {
        buffer.copyWithin(0, 3, filled);
        filled -= 3;
      }
    }
    if (read === 0) {
      if (filled === 0) return;
      const last = new Uint8Array(filled + 1);
      last.set(buffer.subarray(0, filled));
      last[filled] = LINE_FEED;
      yield { text: last, firstLine };
      return;
    }
    const end = buffer.lastIndexOf(LINE_FEED, filled - 1) + 1;
    if (end === 0) continue;
    const text = buffer.subarray(0, end);
    yield { text, firstLine };
    for (const byte of text) if (byte === LINE_FEED) firstLine++;
    buffer.copyWithin(0, end, filled);
    filled -= end;
  }
}

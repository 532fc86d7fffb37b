/** Text in chunks of whole lines; while one chunk of a file is parsed, the system reads the next. */
import type { SharedHeap } from '../kernels/shared-heap.ts';
import type { ByteSource } from './byte-source.ts';

/** Bytes [begin, end) in kernel memory. */
export interface TextSpan {
  readonly begin: number;
  readonly end: number;
}

interface Piece {
  readonly length: number;
  readonly last: boolean;
}

/** Readable bytes that the kernel wants behind the text. */
const padding = 64;
/** Room in front of a chunk for the unfinished line of the one before; a longer line is moved. */
const mostHeadroom = 65_536;

export class LineChunks {
  readonly #source: ByteSource;
  readonly #heap: SharedHeap;
  readonly #chunkBytes: number;
  readonly #headroom: number;
  readonly #current: TextBuffer;
  readonly #ahead: TextBuffer;
  /** Under way, into {@link #ahead}. */
  #reading: Promise<Piece> | undefined;
  #rest: TextSpan = { begin: 0, end: 0 };
  #atStart = true;
  #ended = false;

  constructor(source: ByteSource, heap: SharedHeap, chunkBytes: number) {
    this.#source = source;
    this.#heap = heap;
    this.#chunkBytes = chunkBytes;
    this.#headroom = Math.min(mostHeadroom, chunkBytes);
    this.#current = new TextBuffer(heap);
    this.#ahead = new TextBuffer(heap);
  }

  /** The next lines, the last of them with its end too, valid until the next call; `undefined` when there are no more. */
  async next(): Promise<TextSpan | undefined> {
    while (!this.#ended) {
      const { length, last } = await (this.#reading ?? this.#read());
      this.#reading = undefined;
      this.#ended = last;
      this.#current.exchange(this.#ahead);
      const text = this.#joined(length, last);
      const lines = { begin: text.begin, end: text.begin + this.#view(text).lastIndexOf(10) + 1 };
      this.#rest = { begin: lines.end, end: text.end };
      if (!last && this.#source.onDisk === true) {
        this.#reading = this.#read();
        // A failure is met by the next call, which awaits the same promise.
        this.#reading.catch(() => {});
      }
      if (lines.end > lines.begin) return lines;
    }
    return undefined;
  }

  /** Waits for the read that is under way: the system must not write into memory that has become another's. */
  async release(): Promise<void> {
    await this.#reading?.catch(() => {});
    this.#current.release();
    this.#ahead.release();
  }

  /** Whole chunks, also from sources that give little at a time, so that the threads have work. */
  async #read(): Promise<Piece> {
    this.#ahead.reserve(this.#headroom + this.#chunkBytes + padding);
    const room = this.#heap.viewBytes(this.#ahead.pointer + this.#headroom, this.#chunkBytes);
    for (let length = 0; length < room.length;) {
      const read = await this.#source.read(room.subarray(length));
      if (read === 0) return { length, last: true };
      length += read;
    }
    return { length: room.length, last: false };
  }

  /** What is left of the chunk before, and behind it the bytes just read. */
  #joined(length: number, last: boolean): TextSpan {
    const rest = this.#view(this.#rest);
    let begin = this.#current.pointer + this.#headroom;
    if (rest.length > this.#headroom) {
      const moved = this.#view({ begin, end: begin + length });
      const pointer = this.#heap.allocate(rest.length + length + padding);
      begin = pointer + rest.length;
      this.#heap.viewBytes(begin, length).set(moved);
      this.#heap.viewBytes(pointer, rest.length).set(rest);
      this.#current.replace(pointer, rest.length + length + padding);
    } else this.#heap.viewBytes(begin - rest.length, rest.length).set(rest);
    const end = begin + length;
    begin -= rest.length;
    if (this.#atStart && end - begin >= 3) {
      this.#atStart = false;
      begin += hasByteOrderMark(this.#heap.viewBytes(begin, 3)) ? 3 : 0;
    }
    if (!last || end === begin) return { begin, end };
    const behind = this.#heap.viewBytes(end - 1, 2);
    if (behind[0] === 10) return { begin, end };
    behind[1] = 10;
    return { begin, end: end + 1 };
  }

  #view({ begin, end }: TextSpan): Uint8Array {
    return this.#heap.viewBytes(begin, end - begin);
  }
}

/** A piece of kernel memory whose content need not be kept. */
class TextBuffer {
  readonly #heap: SharedHeap;
  #pointer = 0;
  #capacity = 0;

  constructor(heap: SharedHeap) {
    this.#heap = heap;
  }

  get pointer(): number {
    return this.#pointer;
  }

  reserve(bytes: number): void {
    if (bytes > this.#capacity) this.replace(this.#heap.allocate(bytes), bytes);
  }

  replace(pointer: number, capacity: number): void {
    this.release();
    this.#pointer = pointer;
    this.#capacity = capacity;
  }

  exchange(other: TextBuffer): void {
    [this.#pointer, other.#pointer] = [other.#pointer, this.#pointer];
    [this.#capacity, other.#capacity] = [other.#capacity, this.#capacity];
  }

  release(): void {
    if (this.#capacity > 0) this.#heap.free(this.#pointer);
    this.#capacity = 0;
  }
}

function hasByteOrderMark(text: Uint8Array): boolean {
  return text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf;
}

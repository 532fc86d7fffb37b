/** The words of a text in kernel memory, numbered in the order of their first occurrence, with their counts. */
import { isUtf8 } from 'node:buffer';
import { ClientError } from '../errors.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** Numbers of words in kernel memory, and -1 after each line. Whoever gets one frees it. */
export interface Tokens {
  readonly pointer: number;
  readonly length: number;
}

export interface VocabularyEntry {
  readonly number: number;
  readonly word: string;
  readonly count: number;
}

const entryBytes = 32;
const stateWords = { entries: 0, arena: 1, read: 2, written: 3, line: 4 } as const;
const reason = { tableFull: 1, arenaFull: 2, tokensFull: 3, notText: 4 } as const;
const textBytes = 1_048_576;

export class Vocabulary {
  readonly #kernels: Kernels;
  readonly #pieceTokens: number;
  readonly #state: { pointer: number; values: Int32Array };
  readonly #files: string[] = [];
  /** Lines counted so far, empty ones too. */
  lines = 0;
  #capacity = 1 << 15;
  #arenaBytes = 1 << 19;
  #entries: number;
  #arena: number;
  #slots: number;

  /** `pieceTokens`: the size of what {@link read} yields; longer lines are cut there. */
  constructor(kernels: Kernels, pieceTokens = 1 << 20) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#pieceTokens = pieceTokens;
    this.#state = heap.int32(8);
    this.#entries = heap.allocate(this.#capacity * entryBytes);
    this.#arena = heap.allocate(this.#arenaBytes);
    this.#slots = heap.bytes(this.#slotCount * 8).pointer;
  }

  /** Different words so far. */
  get size(): number {
    return this.#word('entries');
  }

  /** Entries as kernels see them: 32 bytes each, the hash first. */
  get pointer(): number {
    return this.#entries;
  }

  /** Reads files in pieces of whole lines. New words are added; `counting`: their occurrences are counted too. Thrown when a file is not text: ClientError. */
  async *read(sources: AsyncIterable<ByteSource>, counting: boolean): AsyncGenerator<Tokens> {
    const { heap } = this.#kernels;
    const text = heap.allocate(textBytes);
    let piece = heap.allocate(this.#pieceTokens * 4);
    let filled = 0;
    try {
      for await (const source of sources) {
        this.#files.push(source.name);
        this.#state.values[stateWords.line] = 1;
        let kept = 0;
        for (let ended = false; !ended;) {
          const length = await source.read(heap.viewBytes(text + kept, textBytes - kept));
          ended = length === 0;
          const end = kept + length;
          let at = 0;
          for (let stop = -1; stop !== 0;) {
            // One place stays free for an end of line.
            const room = Math.max(0, this.#pieceTokens - 1 - filled);
            stop = this.#scan(text + at, end - at, ended, piece + filled * 4, room, counting);
            at += this.#word('read');
            filled += this.#word('written');
            if (stop === reason.tableFull) this.#growTable();
            else if (stop === reason.arenaFull) this.#growArena();
            else if (stop === reason.notText)
              throw new ClientError(
                `file ${source.name}, line ${this.#word('line')}: there is a byte 0, so that this is no text`,
              );
            else if (stop === reason.tokensFull) {
              const whole = this.#cut(piece, filled);
              const rest = heap.viewInt32(piece, filled).slice(whole.length - (whole.added ? 1 : 0));
              yield { pointer: piece, length: whole.length };
              piece = heap.allocate(this.#pieceTokens * 4);
              heap.viewInt32(piece, rest.length).set(rest);
              filled = rest.length;
            }
          }
          kept = end - at;
          if (kept === textBytes)
            throw new ClientError(
              `file ${source.name}, line ${this.#word('line')}: a word is longer than ${textBytes} bytes`,
            );
          heap.viewBytes(text, textBytes).copyWithin(0, at, end);
        }
        const open = filled > 0 && heap.viewInt32(piece, filled)[filled - 1] !== -1;
        if (open) heap.viewInt32(piece, ++filled)[filled - 1] = -1;
        if (counting) this.lines += this.#word('line') - (open ? 0 : 1);
      }
      yield { pointer: piece, length: filled };
      piece = 0;
    } finally {
      heap.free(text);
      if (piece !== 0) heap.free(piece);
    }
  }

  /** Words that occur at least so often, in the order of their numbers. Thrown when one of them is not valid UTF-8: ClientError. */
  entries(leastCount: number): VocabularyEntry[] {
    const { heap } = this.#kernels;
    const { size } = this;
    const table = new DataView(heap.memory.buffer, this.#entries, size * entryBytes);
    const arena = Buffer.from(heap.viewBytes(this.#arena, this.#word('arena')).slice());
    const valid = isUtf8(arena);
    const found: VocabularyEntry[] = [];
    for (let number = 0; number < size; number++) {
      const at = number * entryBytes;
      const count = Number(table.getBigUint64(at + 24, true));
      if (count < leastCount) continue;
      const start = table.getUint32(at + 4, true);
      const bytes = arena.subarray(start, start + table.getUint32(at + 8, true));
      if (!valid && !isUtf8(bytes))
        throw new ClientError(
          `file ${this.#files[table.getUint32(at + 16, true)]}, line ${table.getUint32(at + 12, true)}: the word '${bytes.toString('latin1')}' is not valid UTF-8`,
        );
      found.push({ number, word: bytes.toString(), count });
    }
    return found;
  }

  get #slotCount(): number {
    return this.#capacity * 2;
  }

  #scan(text: number, length: number, last: boolean, tokens: number, most: number, counting: boolean): number {
    return this.#kernels.pool.call('vocabulary', 'scan', [
      text,
      length,
      last ? 1 : 0,
      this.#slots,
      this.#slotCount - 1,
      this.#entries,
      this.#capacity,
      this.#arena,
      this.#arenaBytes,
      tokens,
      most,
      this.#state.pointer,
      counting ? 1 : 0,
      this.#files.length - 1,
    ]);
  }

  #word(name: keyof typeof stateWords): number {
    return this.#state.values[stateWords[name]] ?? 0;
  }

  /** Whole lines at the front of a full piece; a line that fills it alone is ended here. */
  #cut(piece: number, filled: number): { length: number; added: boolean } {
    const tokens = this.#kernels.heap.viewInt32(piece, filled + 1);
    const end = tokens.subarray(0, filled).lastIndexOf(-1);
    if (end >= 0) return { length: end + 1, added: false };
    tokens[filled] = -1;
    return { length: filled + 1, added: true };
  }

  #growTable(): void {
    const { heap, pool } = this.#kernels;
    this.#entries = this.#move(this.#entries, this.#capacity * entryBytes);
    heap.free(this.#slots);
    this.#capacity *= 2;
    this.#slots = heap.bytes(this.#slotCount * 8).pointer;
    pool.call('vocabulary', 'rehash', [this.#entries, this.size, this.#slots, this.#slotCount - 1]);
  }

  #growArena(): void {
    this.#arena = this.#move(this.#arena, this.#arenaBytes);
    this.#arenaBytes *= 2;
  }

  /** To a place of twice the size. */
  #move(from: number, bytes: number): number {
    const { heap } = this.#kernels;
    const to = heap.allocate(bytes * 2);
    heap.viewBytes(to, bytes).set(heap.viewBytes(from, bytes));
    heap.free(from);
    return to;
  }
}

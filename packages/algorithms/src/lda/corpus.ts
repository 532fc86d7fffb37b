/** All documents of a channel in kernel memory, by document and by word. */
import { readRows } from '../data/read-rows.ts';
import { readSparseRows } from '../data/read-sparse-rows.ts';
import { ClientError } from '../errors.ts';
import { csvType } from '../formats/content-type.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { requireMemory } from '../program/memory.ts';
import { requireCounts, withoutZeros, type Documents } from './documents.ts';

/** Sparse rows, by pointers: `rows` + 1 starts (i32), keys (i32), counts (f32). */
export interface Counts {
  readonly rows: number;
  readonly starts: number;
  readonly keys: number;
  readonly values: number;
}

export class Corpus {
  readonly byDocument: Counts;
  readonly byWord: Counts;
  readonly entries: number;
  /** Words in each document, repeated ones counted. */
  readonly lengths: Float64Array;
  readonly #release: () => void;

  constructor(kernels: Kernels, byDocument: Counts, words: number, release: () => void) {
    const { heap } = kernels;
    const { rows: documents } = byDocument;
    const starts = heap.viewInt32(byDocument.starts, documents + 1);
    const entries = starts[documents] ?? 0;
    const keys = heap.viewInt32(byDocument.keys, entries);
    const values = heap.viewFloat32(byDocument.values, entries);
    this.entries = entries;
    this.byDocument = byDocument;
    this.lengths = new Float64Array(documents);
    const [wordStarts, wordKeys, wordValues] = [heap.int32(words + 2), heap.int32(entries), heap.float32(entries)];
    // One place further than they begin, so that counting up to the end leaves the starts.
    for (let e = 0; e < entries; e++) {
      const place = (keys[e] ?? 0) + 2;
      wordStarts.values[place] = (wordStarts.values[place] ?? 0) + 1;
    }
    for (let word = 2; word < words + 2; word++)
      wordStarts.values[word] = (wordStarts.values[word] ?? 0) + (wordStarts.values[word - 1] ?? 0);
    for (let document = 0; document < documents; document++) {
      let length = 0;
      for (let e = starts[document] ?? 0; e < (starts[document + 1] ?? 0); e++) {
        const place = (keys[e] ?? 0) + 1;
        const at = wordStarts.values[place] ?? 0;
        wordStarts.values[place] = at + 1;
        wordKeys.values[at] = document;
        wordValues.values[at] = values[e] ?? 0;
        length += values[e] ?? 0;
      }
      this.lengths[document] = length;
    }
    this.byWord = {
      rows: words,
      starts: wordStarts.pointer,
      keys: wordKeys.pointer,
      values: wordValues.pointer,
    };
    this.#release = () => {
      release();
      for (const { pointer } of [wordStarts, wordKeys, wordValues]) heap.free(pointer);
    };
  }

  release(): void {
    this.#release();
  }
}

/** Documents without words are left out. Thrown when a count is negative, when no document has a word, or when they do not fit in memory: ClientError. */
export async function readCorpus(channel: DataChannel, kernels: Kernels, words: number): Promise<Corpus> {
  const growing = new GrowingCorpus(kernels, channel.name, words);
  try {
    if (channel.contentType?.type === csvType) {
      for await (const block of readRows(channel, 0, kernels, { columns: words, labelSize: 'auto' }))
        growing.add(
          withoutZeros({ ...block, values: kernels.heap.viewFloat32(block.values, block.rows * block.stride) }),
        );
    } else {
      for await (const block of readSparseRows(channel, 0, kernels, { columns: words, labelSize: 0 }))
        growing.add(block);
    }
    return growing.corpus();
  } catch (error) {
    growing.release();
    throw error;
  }
}

class GrowingCorpus {
  readonly #kernels: Kernels;
  readonly #channel: string;
  readonly #words: number;
  readonly #starts: GrowingArray;
  readonly #keys: GrowingArray;
  readonly #values: GrowingArray;
  #documents = 0;
  #entries = 0;

  constructor(kernels: Kernels, channel: string, words: number) {
    this.#kernels = kernels;
    this.#channel = channel;
    this.#words = words;
    this.#starts = new GrowingArray(kernels.heap);
    this.#keys = new GrowingArray(kernels.heap);
    this.#values = new GrowingArray(kernels.heap);
    this.#starts.reserve(4);
  }

  add(documents: Documents): void {
    requireCounts(documents);
    const { rows, starts, keys, values } = documents;
    const { heap } = this.#kernels;
    const count = starts[rows] ?? 0;
    this.#requireRoom(count);
    const begin = this.#entries * 4;
    const end = begin + count * 4;
    heap.viewInt32(this.#keys.reserve(end, begin) + begin, count).set(keys.subarray(0, count));
    heap.viewFloat32(this.#values.reserve(end, begin) + begin, count).set(values.subarray(0, count));
    const most = this.#documents + rows + 1;
    const allStarts = heap.viewInt32(this.#starts.reserve(most * 4, (this.#documents + 1) * 4), most);
    for (let row = 0; row < rows; row++)
      if (starts[row] !== starts[row + 1]) allStarts[++this.#documents] = this.#entries + (starts[row + 1] ?? 0);
    this.#entries += count;
  }

  corpus(): Corpus {
    if (this.#documents === 0)
      throw new ClientError(`channel ${this.#channel}: no document has a word, all counts are 0`);
    const byDocument = {
      rows: this.#documents,
      starts: this.#starts.pointer,
      keys: this.#keys.pointer,
      values: this.#values.pointer,
    };
    return new Corpus(this.#kernels, byDocument, this.#words, () => this.release());
  }

  release(): void {
    for (const array of [this.#starts, this.#keys, this.#values]) array.release();
  }

  #requireRoom(count: number): void {
    const entries = this.#entries + count;
    requireMemory({
      // Both orders, and what they were before they last grew.
      bytes: entries * 24 + this.#documents * 12 + this.#words * 8,
      what: `a corpus with ${entries} counts`,
      remedy: 'train on fewer documents, or leave out words that are rare or everywhere',
    });
  }
}

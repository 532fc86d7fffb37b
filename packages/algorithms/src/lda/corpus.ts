/** All documents of a channel in kernel memory, by document and by word. */
import { readRows } from '../data/read-rows.ts';
import { readSparseRows } from '../data/read-sparse-rows.ts';
import { ClientError } from '../errors.ts';
import { csvType } from '../formats/content-type.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { requireMemory } from '../program/memory.ts';

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
  const { heap } = kernels;
  const [starts, keys, values] = [new GrowingArray(heap), new GrowingArray(heap), new GrowingArray(heap)];
  const release = (): void => [starts, keys, values].forEach((array) => array.release());
  starts.reserve(4);
  let documents = 0;
  let read = 0;
  let entries = 0;
  const add = (count: number, fill: (toKeys: Int32Array, toValues: Float32Array) => number): void => {
    read++;
    requireRoom(entries + count, documents, words);
    keys.reserve((entries + count) * 4, entries * 4);
    values.reserve((entries + count) * 4, entries * 4);
    const toKeys = heap.viewInt32(keys.pointer + entries * 4, count);
    const toValues = heap.viewFloat32(values.pointer + entries * 4, count);
    const filled = fill(toKeys, toValues);
    const negative = toValues.subarray(0, filled).findIndex((value) => value < 0);
    if (negative >= 0)
      throw new ClientError(
        `channel ${channel.name}, row ${read}: word ${toKeys[negative]} has the count ${toValues[negative]}: counts must not be negative`,
      );
    if (filled === 0) return;
    entries += filled;
    documents++;
    const pointer = starts.reserve((documents + 1) * 4, documents * 4);
    heap.viewInt32(pointer, documents + 1)[documents] = entries;
  };
  try {
    if (channel.contentType?.type === csvType) {
      for await (const block of readRows(channel, 0, kernels, { columns: words, labelSize: 'auto' })) {
        for (let row = 0; row < block.rows; row++) {
          const counts = heap.viewFloat32(block.values + row * block.stride * 4, words);
          add(words, (toKeys, toValues) => compact(counts, toKeys, toValues));
        }
      }
    } else {
      for await (const block of readSparseRows(channel, 0, kernels, { columns: words, labelSize: 0 })) {
        for (let row = 0; row < block.rows; row++) {
          const [from, to] = [block.starts[row] ?? 0, block.starts[row + 1] ?? 0];
          add(to - from, (toKeys, toValues) => {
            toKeys.set(block.keys.subarray(from, to));
            toValues.set(block.values.subarray(from, to));
            return to - from;
          });
        }
      }
    }
    if (documents === 0) throw new ClientError(`channel ${channel.name}: no document has a word, all counts are 0`);
    const byDocument = { rows: documents, starts: starts.pointer, keys: keys.pointer, values: values.pointer };
    return new Corpus(kernels, byDocument, words, release);
  } catch (error) {
    release();
    throw error;
  }
}

function compact(counts: Float32Array, keys: Int32Array, values: Float32Array): number {
  let filled = 0;
  for (let word = 0; word < counts.length; word++) {
    const count = counts[word] ?? 0;
    if (count === 0) continue;
    keys[filled] = word;
    values[filled++] = count;
  }
  return filled;
}

function requireRoom(entries: number, documents: number, words: number): void {
  requireMemory({
    // Both orders, and what they were before they last grew.
    bytes: entries * 24 + documents * 12 + words * 8,
    what: `a corpus with ${entries} counts`,
    remedy: 'train on fewer documents, or leave out words that are rare or everywhere',
  });
}

/** Lines of text as examples of a classifier, in kernel memory. */
import type { Kernels } from '../kernels/kernels.ts';
import type { Tokens, Vocabulary } from './vocabulary.ts';
import { hashWord } from './subwords.ts';

/** fastText's word for the end of a line. */
export const lineEnd = '</s>';

/** The place of a label that is not in the training data. */
export const unknownLabel = -(2 ** 31);

export interface Examples {
  /** Each: number of labels, number of rows, the labels, the rows. */
  readonly pointer: number;
  /** Pointer to where each begins. */
  readonly starts: number;
  readonly count: number;
  /** Lines that they were made of. */
  readonly lines: number;
}

export interface ExampleLayout {
  /** Pointer: per entry of the vocabulary its word, -1 for none, -2 - label, or {@link unknownLabel}. */
  readonly places: number;
  /** The word that ends a line, or -1. */
  readonly lineEnd: number;
  readonly words: number;
  readonly wordNgrams: number;
  readonly buckets: number;
}

/** Takes the tokens over. Lines without a known label, or without anything known beside it, are left out. */
export function encodeExamples(
  { heap, pool }: Kernels,
  vocabulary: Vocabulary,
  { pointer, length }: Tokens,
  layout: ExampleLayout,
): Examples {
  const tokens = heap.viewInt32(pointer, length);
  let lines = 0;
  let longest = 0;
  for (let i = 0, first = 0; i < length; i++) {
    if (tokens[i] !== -1) continue;
    lines++;
    longest = Math.max(longest, i - first);
    first = i + 1;
  }
  // With its end a line has as many words as tokens; each begins n-grams of 1 to `wordNgrams` words.
  const examples = heap.allocate((lines * 2 + length * layout.wordNgrams) * 4);
  const starts = heap.allocate(Math.max(1, lines) * 4);
  const hashes = heap.allocate((longest + 1) * 4);
  const used = heap.int32(1);
  const count = pool.call('vocabulary', 'encode_examples', [
    pointer,
    length,
    layout.places,
    vocabulary.pointer,
    layout.lineEnd,
    hashWord(lineEnd) | 0,
    layout.words,
    layout.wordNgrams,
    layout.buckets,
    hashes,
    examples,
    starts,
    used.pointer,
  ]);
  heap.free(hashes);
  heap.free(pointer);
  // What was not used of the room goes back: most lines are short, and n-grams end with them.
  const size = used.values[0] ?? 0;
  heap.free(used.pointer);
  const fitting = heap.allocate(size * 4);
  heap.viewInt32(fitting, size).set(heap.viewInt32(examples, size));
  heap.free(examples);
  return { pointer: fitting, starts, count, lines };
}

export function releaseExamples({ heap }: Kernels, { pointer, starts }: Examples): void {
  heap.free(pointer);
  heap.free(starts);
}

import type { SharedHeap } from '../kernels/shared-heap.ts';

/** A part of a text in kernel memory: pointers of its first byte and of what follows its last. */
export interface TextPiece {
  readonly begin: number;
  readonly end: number;
}

/** Cuts whole lines, each with its line end, into pieces of about `bytes`, so that threads can share them. */
export function cutLines(heap: SharedHeap, { begin, end }: TextPiece, bytes: number): TextPiece[] {
  const text = heap.viewBytes(begin, end - begin);
  const pieces: TextPiece[] = [];
  for (let from = 0; from < text.length;) {
    const rest = text.length - from;
    const to = rest < 1.5 * bytes ? text.length : text.indexOf(10, from + bytes - 1) + 1;
    pieces.push({ begin: begin + from, end: begin + to });
    from = to;
  }
  return pieces;
}

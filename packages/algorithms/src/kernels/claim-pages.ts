import type { HeapArray } from './shared-heap.ts';
import type { Kernels } from './kernels.ts';

const pageBytes = 4096;

/**
 * Takes the memory of large arrays of zeros from the machine, with all threads. For arrays whose places are read before they are written: each page would
 * be mapped twice then, by the thread that reads it and again when it is written, and all processors would have to forget the first mapping.
 */
export function claimPages({ pool }: Kernels, ...arrays: readonly HeapArray<Float32Array>[]): void {
  for (const { pointer, values } of arrays) {
    const items = Math.ceil(values.byteLength / pageBytes);
    if (items > 0) pool.parallel('pages', 'claim', { items, grain: Math.max(64, Math.ceil(items / 1024)) }, [pointer]);
  }
}

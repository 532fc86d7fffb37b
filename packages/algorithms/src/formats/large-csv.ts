/** CSV of a large request: the kernel reads it several times as fast as plain JavaScript, and copies cost nothing beside that. */
import { openKernels, rowStride, type Kernels } from '../kernels/kernels.ts';
import { CsvPieces } from './csv-pieces.ts';
import { countFields } from './csv-token.ts';

/** Below this the kernel is not worth its start. */
export const largeCsv = 131_072;

let kernels: Kernels | undefined;

/** The rows without their label; `undefined` when there is anything but plain numbers in them, for the slower way to judge. */
export function readLargeCsv(body: Uint8Array, labelSize: number): Float32Array[] | undefined {
  const columns = countFields(body) - labelSize;
  if (columns < 1) return undefined;
  // One thread: requests come side by side, and a server should not take every processor for one of them.
  kernels ??= openKernels({ threads: 1 });
  const { heap } = kernels;
  const text = heap.allocate(body.length + 65);
  const pieces = new CsvPieces(kernels, { labelSize, columns });
  const stride = rowStride(columns);
  const instances: Float32Array[] = [];
  try {
    heap.viewBytes(text, body.length).set(body);
    heap.viewBytes(text + body.length, 1)[0] = 10;
    for (const parsed of pieces.parse(text, text + body.length + 1, plainOnly)) {
      const values = heap.viewFloat32(parsed.values, parsed.rows * stride).slice();
      for (let at = 0; at < values.length; at += stride) instances.push(values.subarray(at, at + columns));
    }
    return instances;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  } finally {
    pieces.release();
    heap.free(text);
  }
}

class NotPlain extends Error {}

const plainOnly = {
  token: (): number => {
    throw new NotPlain();
  },
  line: (): Error => new NotPlain(),
};

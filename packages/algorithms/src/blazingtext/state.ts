/** The state of a training under way, as files of a checkpoint. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';

/** `numbers` become one small file, each array one of its own. */
export function packState(
  numbers: Readonly<Record<string, number>>,
  arrays: Readonly<Record<string, Float32Array>>,
): ModelFiles {
  const files = Object.entries(arrays).map(([name, values]) => [name, bytesOf(values)] as const);
  return new Map([['numbers', new Uint8Array(Buffer.from(JSON.stringify(numbers)))], ...files]);
}

/** Fills the arrays and returns the numbers. Thrown when the state is one of other data: ClientError. */
export function unpackState(
  files: ModelFiles,
  arrays: Readonly<Record<string, Float32Array>>,
): Readonly<Record<string, number>> {
  for (const [name, values] of Object.entries(arrays)) {
    const saved = files.get(name);
    if (saved?.byteLength !== values.byteLength)
      throw new ClientError('the checkpoint is of other training data: remove it, and the training begins anew');
    bytesOf(values).set(saved);
  }
  // Safe: what packState() wrote; the checkpoint's digest has been compared.
  return JSON.parse(Buffer.from(files.get('numbers') ?? []).toString()) as Record<string, number>;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

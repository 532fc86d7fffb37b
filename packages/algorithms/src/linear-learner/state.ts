/** The state of a training between two epochs, as files of a checkpoint. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { Trainer } from './trainer.ts';

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

export function checkpointOf(trainer: Trainer, epochs: number): ModelFiles {
  const arrays = { ...trainer.state, fingerprint: trainer.fingerprint };
  const files = Object.entries(arrays).map(([name, values]) => [name, bytesOf(values)] as const);
  return new Map([...files, ['progress', bytesOf(Float64Array.of(epochs, trainer.updates))]]);
}

/** Whole epochs that a checkpoint has behind it. */
export function epochsOf(saved: ModelFiles | undefined): number {
  return progressOf(saved)[0] ?? 0;
}

/** Puts a fresh trainer where the checkpoint left another. Thrown when that one had other rows: ClientError. */
export function resumeFrom(saved: ModelFiles, trainer: Trainer): void {
  const fingerprint = saved.get('fingerprint') ?? new Uint8Array();
  const arrays = Object.entries(trainer.state);
  if (
    !Buffer.from(fingerprint).equals(bytesOf(trainer.fingerprint)) ||
    arrays.some(([name, { byteLength }]) => saved.get(name)?.byteLength !== byteLength)
  )
    throw new ClientError(
      'the checkpoint was saved with other training data or another number of hosts: give the job another CheckpointConfig, or the same train channel and hosts',
    );
  for (const [name, values] of arrays) bytesOf(values).set(saved.get(name) ?? []);
  trainer.resume(progressOf(saved)[1] ?? 0);
}

function progressOf(saved: ModelFiles | undefined): Float64Array {
  return new Float64Array(new Uint8Array(saved?.get('progress') ?? new Uint8Array(16)).buffer);
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

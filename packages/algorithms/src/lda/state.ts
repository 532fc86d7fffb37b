/** What a checkpoint holds of the passes over the documents: enough to go on as if nothing had happened. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';
import type { Mixture } from './mixture.ts';

export interface PassState {
  readonly words: Float32Array;
  readonly prior: Float32Array;
  /** The documents' shares of topics. */
  readonly weights: Float32Array;
  readonly passes: number;
  /** Log likelihood per word that the last pass found. */
  readonly perWord: number;
  /** No pass is to follow. */
  readonly ended: boolean;
}

const arrays = 'arrays';
const progress = 'progress.json';

export function writeState({
  mixture,
  weights,
  ...rest
}: Pick<PassState, 'weights' | 'passes' | 'perWord' | 'ended'> & { readonly mixture: Mixture }): ModelFiles {
  const named = Object.entries({ words: mixture.words.values, prior: mixture.prior.values, weights });
  return new Map([
    // Copies: what shares its memory with other threads is not written as it is.
    [arrays, encodeArrays(named.map(([name, values]) => ({ name, shape: [values.length], values: values.slice() })))],
    [progress, Buffer.from(JSON.stringify(rest))],
  ]);
}

/** Thrown when the checkpoint is not one of these: ClientError. */
export function readState(files: ModelFiles): PassState {
  const decoded = new Map(
    decodeArrays(files.get(arrays) ?? new Uint8Array(), arrays).map(({ name, values }) => [name, values]),
  );
  const [words, prior, weights] = ['words', 'prior', 'weights'].map((name) => decoded.get(name));
  const text = files.get(progress);
  if (words === undefined || prior === undefined || weights === undefined || text === undefined)
    throw new ClientError('the checkpoint is not one of lda: remove it, and the training begins anew');
  // Safe: written by writeState() in the same file, whose digest was checked.
  const rest = JSON.parse(Buffer.from(text).toString()) as Pick<PassState, 'passes' | 'perWord' | 'ended'>;
  return { words, prior, weights, ...rest };
}

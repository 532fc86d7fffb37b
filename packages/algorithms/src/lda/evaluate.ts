import type { DataChannel } from '../program/data-channel.ts';
import { readCorpus } from './corpus.ts';
import type { Mixture } from './mixture.ts';
import type { LdaContext } from './train-context.ts';

const steps = 50;

/** Logs the log likelihood per word of other documents (`pwll`), each with the shares of topics that fit it best. */
export async function evaluate(
  { kernels, log, hyperparameters }: LdaContext,
  test: DataChannel,
  mixture: Mixture,
): Promise<void> {
  const corpus = await readCorpus(test, kernels, hyperparameters.feature_dim);
  const weights = mixture.weights(corpus);
  const likelihood = mixture.infer(corpus, weights, steps);
  const total = corpus.lengths.reduce((sum, length) => sum + length, 0);
  log.quality('test', 'pwll', likelihood / total, { kind: 'score' });
  kernels.heap.free(weights.pointer);
  corpus.release();
}

/**
 * Passes over the documents that improve the topics of the moments, until they gain little: expectation maximisation with the prior as counts (Asuncion, Welling,
 * Smyth, Teh: On smoothing and inference for topic models, UAI 2009). Moments alone say too little about rare words and short documents.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { ClientError } from '../errors.ts';
import type { Corpus } from './corpus.ts';
import { Mixture } from './mixture.ts';
import { readState, writeState } from './state.ts';
import type { LdaContext } from './train-context.ts';

const mostPasses = 60;
/** Steps for the documents' shares: in the first pass, and in later ones, which go on from there. */
const firstSteps = 10;
const laterSteps = 2;
/** The passes end when one gains less log likelihood per word. */
const leastGain = 2e-4;

/** Goes on from a checkpoint, where there is one; otherwise from the topics that `begin` finds. */
export async function polish(context: LdaContext, corpus: Corpus, begin: () => Mixture): Promise<Mixture> {
  const { hyperparameters, kernels, log, stopping, checkpoints } = context;
  const saved = await checkpoints.load();
  const state = saved === undefined ? undefined : readState(saved);
  const mixture = state === undefined ? begin() : Mixture.restore(kernels, hyperparameters.num_topics, state);
  const weights = mixture.weights(corpus);
  if (state !== undefined) {
    requireSameDocuments(state.weights.length, weights.values.length);
    weights.values.set(state.weights);
  }
  // Without a turn of the event loop no signal would be heard.
  await turn();
  const total = corpus.lengths.reduce((sum, length) => sum + length, 0);
  // One count of each word over all topics, as gensim and scikit-learn have it.
  const smoothing = 1 / hyperparameters.num_topics;
  let before = state?.perWord ?? Number.NEGATIVE_INFINITY;
  for (let pass = state?.passes ?? 0, ended = state?.ended ?? false; !ended; pass++) {
    const perWord = mixture.infer(corpus, weights, pass === 0 ? firstSteps : laterSteps) / total;
    log.quality('train', 'pwll', perWord, { kind: 'score', epoch: pass });
    mixture.learnWords(corpus, weights, smoothing);
    mixture.learnPrior(weights, hyperparameters.alpha0);
    ended = perWord - before < leastGain || pass + 1 >= mostPasses;
    before = perWord;
    await checkpoints.save(writeState({ mixture, weights: weights.values, passes: pass + 1, perWord, ended }));
    log.progress(ended ? mostPasses : pass + 1, mostPasses);
    await turn();
    if (stopping.aborted) break;
  }
  kernels.heap.free(weights.pointer);
  return mixture;
}

function requireSameDocuments(saved: number, now: number): void {
  if (saved !== now)
    throw new ClientError(
      'the checkpoint was saved with other documents: give the job another CheckpointConfig, or the same train channel',
    );
}

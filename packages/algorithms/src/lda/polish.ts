/**
 * Passes over the documents that improve the topics of the moments, until they gain little: expectation maximisation with the prior as counts (Asuncion, Welling,
 * Smyth, Teh: On smoothing and inference for topic models, UAI 2009). Moments alone say too little about rare words and short documents.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Corpus } from './corpus.ts';
import type { Mixture } from './mixture.ts';
import type { LdaContext } from './train-context.ts';

const mostPasses = 60;
/** Steps for the documents' shares: in the first pass, and in later ones, which go on from there. */
const firstSteps = 10;
const laterSteps = 2;
/** The passes end when one gains less log likelihood per word. */
const leastGain = 2e-4;

export async function polish(context: LdaContext, corpus: Corpus, mixture: Mixture): Promise<void> {
  const { hyperparameters, kernels, log, stopping } = context;
  const total = corpus.lengths.reduce((sum, length) => sum + length, 0);
  // One count of each word over all topics, as gensim and scikit-learn have it.
  const smoothing = 1 / hyperparameters.num_topics;
  const weights = mixture.weights(corpus);
  let before = Number.NEGATIVE_INFINITY;
  for (let pass = 0; pass < mostPasses; pass++) {
    const perWord = mixture.infer(corpus, weights, pass === 0 ? firstSteps : laterSteps) / total;
    log.quality('train', 'pwll', perWord, { kind: 'score', epoch: pass });
    mixture.learnWords(corpus, weights, smoothing);
    mixture.learnPrior(weights, hyperparameters.alpha0);
    const ends = perWord - before < leastGain || stopping.aborted;
    log.progress(ends ? mostPasses : pass + 1, mostPasses);
    if (ends) break;
    before = perWord;
    await turn();
  }
  kernels.heap.free(weights.pointer);
}

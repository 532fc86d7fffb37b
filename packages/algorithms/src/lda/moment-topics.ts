/** Topics from the moments of the documents: whitening, tensor decomposition, and the way back to words. */
import type { Kernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import type { Corpus } from './corpus.ts';
import { projectOnSimplex } from './simplex.ts';
import { decompose } from './tensor-power.ts';
import { thirdMoment } from './third-moment.ts';
import { whitenWords } from './whitening.ts';

export interface MomentOptions {
  readonly topics: number;
  readonly alpha0: number;
  readonly restarts: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly seed: number;
}

export interface Topics {
  /** `topics` times the probabilities of all words. */
  readonly words: readonly Float64Array[];
  /** The prior of a document, in sum α₀. */
  readonly alpha: Float64Array;
  /** How many of the topics the moments tell of; the others are begun from single documents. */
  readonly found: number;
}

/** Part of a begun topic that is the mean of all documents, so that no word is impossible in it. */
const commonPart = 0.5;

export function momentTopics(kernels: Kernels, corpus: Corpus, options: MomentOptions): Topics {
  const { topics, alpha0, seed } = options;
  const random = new Random(seed, 1);
  const whitening = whitenWords(kernels, corpus, { topics, alpha0, random });
  const { rank, stride, unwhiten, frequencies } = whitening;
  const { tensor, places } = thirdMoment(kernels, corpus, whitening, alpha0);
  const documents = corpus.lengths.length;
  const components = decompose(kernels, tensor, rank, stride, {
    ...options,
    random,
    likely: () => {
      const document = random.below(documents) * stride;
      return places.values.slice(document, document + rank);
    },
  });
  for (const { pointer } of [tensor, places, whitening.whiten]) kernels.heap.free(pointer);
  const words: Float64Array[] = [];
  const shares: number[] = [];
  for (const { weight, vector } of components) {
    const topic = Float64Array.from(frequencies, (_, word) =>
      vector.reduce((sum, part, k) => sum + part * (unwhiten[word * stride + k] ?? 0), 0),
    );
    const total = topic.reduce((sum, value) => sum + value, 0);
    if (!(weight > 0 && total > 0)) continue;
    const probabilities = topic.map((value) => value / total);
    projectOnSimplex(probabilities);
    words.push(probabilities);
    shares.push(weight ** -2);
  }
  const found = words.length;
  const usual = found === 0 ? 1 : shares.reduce((sum, share) => sum + share, 0) / found;
  while (words.length < topics) {
    words.push(documentTopic(kernels, corpus, frequencies, random.below(documents)));
    shares.push(usual);
  }
  const sum = shares.reduce((whole, share) => whole + share, 0);
  return { words, alpha: Float64Array.from(shares, (share) => (alpha0 * share) / sum), found };
}

function documentTopic(
  kernels: Kernels,
  { byDocument, lengths, entries }: Corpus,
  frequencies: Float64Array,
  document: number,
): Float64Array {
  const topic = frequencies.map((frequency) => commonPart * frequency);
  const starts = kernels.heap.viewInt32(byDocument.starts, byDocument.rows + 1);
  const keys = kernels.heap.viewInt32(byDocument.keys, entries);
  const values = kernels.heap.viewFloat32(byDocument.values, entries);
  const share = (1 - commonPart) / (lengths[document] ?? 1);
  for (let e = starts[document] ?? 0; e < (starts[document + 1] ?? 0); e++) {
    const word = keys[e] ?? 0;
    topic[word] = (topic[word] ?? 0) + share * (values[e] ?? 0);
  }
  return topic;
}

/** Documents drawn from known topics, for tests and benchmarks. */
import { encodeRecord } from '../../formats/record-writer.ts';
import { Random } from '../../random.ts';

export interface PlantedCorpus {
  /** Per topic the probabilities of all words. */
  readonly topics: readonly Float64Array[];
  /** Per document how often each word occurs, words ascending. */
  readonly documents: readonly (readonly (readonly [word: number, count: number])[])[];
}

export interface PlantedOptions {
  readonly topics: number;
  readonly words: number;
  readonly documents: number;
  /** Mean number of words in a document; they differ by a factor of up to six. */
  readonly length: number;
  readonly alpha0: number;
  readonly seed: number;
}

/** Dirichlet parameter of the words of a topic, which also grow rarer with their number: few words are in all topics. */
const wordConcentration = 0.05;
const commonWords = 200;

export function plantedCorpus({
  topics: count,
  words,
  documents,
  length,
  alpha0,
  seed,
}: PlantedOptions): PlantedCorpus {
  const random = new Random(seed);
  const topics = Array.from({ length: count }, () =>
    normalised(
      Float64Array.from({ length: words }, (_, word) => gamma(random, wordConcentration) / (1 + word / commonWords)),
    ),
  );
  const cumulated = topics.map(cumulate);
  return {
    topics,
    documents: Array.from({ length: documents }, () => {
      const shares = cumulate(Float64Array.from({ length: count }, () => gamma(random, alpha0 / count)));
      const counts = new Map<number, number>();
      for (let left = Math.round(length * (0.3 + 1.4 * random.uniform())); left > 0; left--) {
        const word = draw(random, cumulated[draw(random, shares)] ?? shares);
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      return [...counts].sort(([a], [b]) => a - b);
    }),
  };
}

/** A file of sparse records. */
export function corpusFile({ documents }: Pick<PlantedCorpus, 'documents'>, words: number): Buffer {
  return Buffer.concat(
    documents.map((document) =>
      encodeRecord({
        features: {
          values: {
            type: 'float32',
            values: Float32Array.from(document, ([, count]) => count),
            keys: Float64Array.from(document, ([word]) => word),
            shape: [words],
          },
        },
        label: {},
      }),
    ),
  );
}

/** Marsaglia and Tsang's method. */
function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((whole, value) => whole + value, 0);
  return values.map((value) => value / sum);
}

function cumulate(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** A place with probability by the steps of `cumulated`. */
function draw(random: Random, cumulated: Float64Array): number {
  const wanted = random.uniform() * (cumulated.at(-1) ?? 0);
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulated[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

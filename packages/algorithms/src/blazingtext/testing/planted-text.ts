/** Text with topics, for tests and benchmarks: half of a line's words are of the line's topic, the others of all topics; frequencies fall as Zipf's. */
import { Random } from '../../random.ts';

export interface PlantedText {
  readonly topics: number;
  /** Words of each topic: `t3w0` is the most frequent one of topic 3. */
  readonly topicWords: number;
  /** Words without a topic: `c0`, `c1` … */
  readonly commonWords: number;
  readonly wordsPerLine: number;
  readonly seed: number;
}

export interface PlantedLine {
  readonly topic: number;
  readonly words: readonly string[];
}

export function* plantedLines(count: number, options: PlantedText): Generator<PlantedLine> {
  const { topics, topicWords, commonWords, wordsPerLine, seed } = options;
  const random = new Random(seed);
  // The quantile of a density that falls as 1 / x.
  const zipf = (size: number): number => Math.floor((size + 1) ** random.uniform()) - 1;
  for (let line = 0; line < count; line++) {
    const topic = random.below(topics);
    const words = Array.from({ length: wordsPerLine }, () =>
      random.uniform() < 0.5 ? `t${topic}w${zipf(topicWords)}` : `c${zipf(commonWords)}`,
    );
    yield { topic, words };
  }
}

/** The part of the nearest words (by cosine, among those given) that are of the same topic. */
export function topicPrecision(words: readonly string[], vectors: readonly (readonly number[])[], nearest = 5): number {
  const lengths = vectors.map((vector) => Math.hypot(...vector) || 1);
  const topicOf = (word: string | undefined): string | undefined => word?.split('w')[0];
  let right = 0;
  for (const [at, word] of words.entries()) {
    const own = vectors[at] ?? [];
    const cosines = vectors.map((vector, other) =>
      other === at ? -2 : vector.reduce((sum, value, i) => sum + value * (own[i] ?? 0), 0) / (lengths[other] ?? 1),
    );
    const order = Array.from(words.keys()).toSorted((a, b) => (cosines[b] ?? 0) - (cosines[a] ?? 0));
    right += order.slice(0, nearest).filter((other) => topicOf(words[other]) === topicOf(word)).length;
  }
  return right / (words.length * nearest);
}

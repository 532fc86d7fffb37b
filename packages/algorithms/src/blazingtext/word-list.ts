/** The words that a model knows, the most frequent first, and which of them each entry of the vocabulary is. */
import type { Collective } from '../collective/collective.ts';
import type { Vocabulary, VocabularyEntry } from './vocabulary.ts';

export interface CountedWord {
  readonly word: string;
  readonly count: number;
}

/** Words of all hosts together that occur at least `leastCount` times; words as frequent as each other keep the order of their first occurrence. */
export async function listWords(
  vocabulary: Vocabulary,
  leastCount: number,
  collective: Collective,
): Promise<CountedWord[]> {
  const own = vocabulary.entries(collective.size === 1 ? Math.max(1, leastCount) : 1);
  const all =
    collective.size === 1 ? own : (await mergeEntries(own, collective)).filter(({ count }) => count >= leastCount);
  return all.toSorted((a, b) => b.count - a.count);
}

/** For each entry the place of its word in the list, or what `other` makes of a word that is not there. */
export function placesOf(
  vocabulary: Vocabulary,
  places: ReadonlyMap<string, number>,
  other: (word: string) => number = () => -1,
): Int32Array {
  return Int32Array.from(vocabulary.entries(0), ({ word }) => places.get(word) ?? other(word));
}

async function mergeEntries(own: readonly VocabularyEntry[], collective: Collective): Promise<CountedWord[]> {
  const text = own.map(({ word, count }) => `${word} ${count}\n`).join('');
  const counts = new Map<string, number>();
  for (const part of await collective.gather(Buffer.from(text))) {
    for (const line of Buffer.from(part).toString().split('\n')) {
      const gap = line.lastIndexOf(' ');
      if (gap < 0) continue;
      const word = line.slice(0, gap);
      counts.set(word, (counts.get(word) ?? 0) + Number(line.slice(gap + 1)));
    }
  }
  return Array.from(counts, ([word, count]) => ({ word, count }));
}

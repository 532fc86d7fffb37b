/** Whether vectors agree with people: the rank correlation (Spearman's rho) of cosines with similarities that people gave pairs of words, e.g. WS-353. */
import { ClientError } from '../errors.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { lines, textSources } from './text-source.ts';
import type { WordVectors } from './word2vec-files.ts';

export interface PairsResult {
  readonly not_found: number;
  readonly spearmans_rho: number;
  readonly total_pairs: number;
}

/** What `eval.json` holds: a result per file of pairs, and the mean of their rho. */
export type Evaluation = Readonly<Record<string, PairsResult | number>> & { readonly mean_rho: number };

/**
 * Reads lines of two words and a number, with blanks, tabs or commas between them; a header and lines that begin with `#` are passed over. Pairs with an
 * unknown word do not count. Thrown when a line is something else, or when fewer than two pairs of a file are known: ClientError.
 */
export async function evaluatePairs(channel: DataChannel, vectors: WordVectors): Promise<Evaluation> {
  const places = new Map<string, number>();
  for (const [place, word] of vectors.words.entries()) {
    places.set(word, place);
    if (!places.has(word.toLowerCase())) places.set(word.toLowerCase(), place);
  }
  const results: Record<string, PairsResult> = {};
  for await (const source of textSources(channel, 0)) {
    const people: number[] = [];
    const cosines: number[] = [];
    let missing = 0;
    let number = 0;
    for await (const line of lines(source)) {
      number++;
      if (line.trim() === '' || line.startsWith('#')) continue;
      const [first = '', second = '', score = '', ...rest] = line.trim().split(/[\s,;]+/);
      if (number === 1 && Number.isNaN(Number(score))) continue;
      if (second === '' || score === '' || rest.length > 0 || Number.isNaN(Number(score)))
        throw new ClientError(
          `file ${source.name}, line ${number}: expected two words and a number, not '${line.slice(0, 80)}'`,
        );
      const [a, b] = [first, second].map((word) => places.get(word) ?? places.get(word.toLowerCase()));
      if (a === undefined || b === undefined) missing++;
      else {
        people.push(Number(score));
        cosines.push(cosine(vectors, a, b));
      }
    }
    if (people.length < 2)
      throw new ClientError(
        `file ${source.name}: of ${people.length + missing} pairs, the words of ${people.length} are in the text, and at least 2 are needed`,
      );
    const name = source.name.slice(source.name.lastIndexOf('/') + 1);
    results[name] = {
      not_found: missing,
      spearmans_rho: correlation(ranks(people), ranks(cosines)),
      total_pairs: people.length + missing,
    };
  }
  const all = Object.values(results);
  return {
    ...results,
    mean_rho: all.reduce((sum, { spearmans_rho: rho }) => sum + rho, 0) / all.length,
  };
}

function cosine({ vectors, dim }: WordVectors, a: number, b: number): number {
  let both = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < dim; i++) {
    const x = vectors[a * dim + i] ?? 0;
    const y = vectors[b * dim + i] ?? 0;
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return both / Math.max(Math.sqrt(first * second), 1e-30);
}

/** Equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = Array.from(values.keys()).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const found = Array.from(values, () => 0);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[first] ?? 0]) end++;
    for (const at of order.slice(first, end)) found[at] = (first + end - 1) / 2;
    first = end;
  }
  return found;
}

/** Pearson's correlation; 0 where one side is constant. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const middle = (a.length - 1) / 2;
  let both = 0;
  let first = 0;
  let second = 0;
  for (const [i, x] of a.entries()) {
    const y = (b[i] ?? 0) - middle;
    both += (x - middle) * y;
    first += (x - middle) ** 2;
    second += y ** 2;
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second);
}

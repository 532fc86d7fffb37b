/** Vectors of words: known ones from the artifact, others from their subwords where the model has these, else zeros. */
import type { FastTextModel } from './fasttext-file.ts';
import { meanRow } from './sentence-classifier.ts';
import { subwordBuckets } from './subwords.ts';
import type { WordVectors } from './word2vec-files.ts';

export type LookUpWord = (word: string) => Float32Array;

export function wordLookup({ words, dim, vectors }: WordVectors): LookUpWord {
  const places = new Map(words.map((word, place) => [word, place]));
  return (word) => {
    const place = places.get(word);
    return place === undefined ? new Float32Array(dim) : vectors.subarray(place * dim, (place + 1) * dim);
  };
}

export function subwordLookup({ words, settings, input }: FastTextModel): LookUpWord {
  const places = new Map(words.map((word, place) => [word, place]));
  return (word) => {
    const place = places.get(word);
    const rows = place === undefined ? [] : [place];
    if (settings.maxChar > 0) for (const bucket of subwordBuckets(word, settings)) rows.push(words.length + bucket);
    return meanRow(input, rows, settings.dim);
  };
}

/** Classifies sentences with a model of fastText's format, trained by any of its losses. */
import { lineEnd } from './examples.ts';
import type { FastTextModel } from './fasttext-file.ts';
import { labelPrefix } from './text-source.ts';
import { hashWord, subwordBuckets, wordGramBuckets } from './subwords.ts';

export interface RankedLabels {
  readonly label: readonly string[];
  readonly prob: readonly number[];
}

/** The `k` likeliest labels of a sentence, the likeliest first. */
export type ClassifySentence = (sentence: string, k: number) => RankedLabels;

export function sentenceClassifier(model: FastTextModel): ClassifySentence {
  const { settings, words, labels, labelCounts, input, output } = model;
  const { dim, wordNgrams, buckets, minChar, maxChar, loss } = settings;
  const places = new Map(words.map((word, place) => [word, place]));
  const known = new Set(labels);
  const tree = loss === 'hs' ? buildTree(labelCounts) : [];

  const rowsOf = (sentence: string): number[] => {
    const rows: number[] = [];
    const hashes: number[] = [];
    // Blanks of ASCII only, as fastText sees them; the line's end is a word too.
    // oxlint-disable-next-line no-control-regex -- fastText counts the byte 0 as a blank.
    for (const word of [...sentence.split(/[ \n\r\t\v\f\0]+/), lineEnd]) {
      if (word === '' || known.has(word) || word.startsWith(labelPrefix)) continue;
      const place = places.get(word);
      if (place !== undefined) rows.push(place);
      if (maxChar > 0 && word !== lineEnd)
        for (const bucket of subwordBuckets(word, { minChar, maxChar, buckets })) rows.push(words.length + bucket);
      hashes.push(hashWord(word));
    }
    if (wordNgrams > 1)
      for (const bucket of wordGramBuckets(hashes, wordNgrams, buckets)) rows.push(words.length + bucket);
    return rows;
  };

  const probabilities = (hidden: Float32Array): Float64Array => {
    const scores = Float64Array.from({ length: output.length / dim }, (_, row) => dot(hidden, output, row * dim));
    if (loss === 'softmax') return softmax(scores);
    const shares = scores.map((score) => 1 / (1 + Math.exp(-score)));
    return loss === 'hs' ? leaves(tree, shares, labels.length) : shares;
  };

  return (sentence, k) => {
    const rows = rowsOf(sentence);
    const found = probabilities(meanRow(input, rows, dim));
    const order = Array.from(found.keys())
      .toSorted((a, b) => (found[b] ?? 0) - (found[a] ?? 0) || a - b)
      .slice(0, k);
    return { label: order.map((at) => labels[at] ?? ''), prob: order.map((at) => found[at] ?? 0) };
  };
}

export function meanRow(input: Float32Array, rows: readonly number[], dim: number): Float32Array {
  const mean = new Float32Array(dim);
  for (const row of rows) for (let i = 0; i < dim; i++) mean[i] = (mean[i] ?? 0) + (input[row * dim + i] ?? 0);
  if (rows.length > 0) for (let i = 0; i < dim; i++) mean[i] = (mean[i] ?? 0) / rows.length;
  return mean;
}

function dot(a: Float32Array, b: Float32Array, start: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[start + i] ?? 0);
  return sum;
}

function softmax(scores: Float64Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const parts = scores.map((score) => Math.exp(score - most));
  const sum = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / sum);
}

interface Branch {
  readonly left: number;
  readonly right: number;
}

/** fastText's Huffman tree over the labels, which come by falling counts: the branches in the order in which they are made, the root last. */
function buildTree(counts: readonly number[]): Branch[] {
  const sizes = [...counts];
  const branches: Branch[] = [];
  let leaf = counts.length - 1;
  let node = counts.length;
  const least = (): number =>
    leaf >= 0 && (sizes[leaf] ?? 0) < (sizes[node] ?? Number.POSITIVE_INFINITY) ? leaf-- : node++;
  for (let made = 1; made < counts.length; made++) {
    const left = least();
    const right = least();
    branches.push({ left, right });
    sizes.push((sizes[left] ?? 0) + (sizes[right] ?? 0));
  }
  return branches;
}

/** `shares`: of each branch, the part that goes right. */
function leaves(branches: readonly Branch[], shares: Float64Array, labels: number): Float64Array {
  const parts = new Float64Array(labels + branches.length);
  parts[parts.length - 1] = 1;
  for (let at = branches.length - 1; at >= 0; at--) {
    const { left, right } = branches[at] ?? { left: 0, right: 0 };
    const whole = parts[labels + at] ?? 0;
    const share = shares[at] ?? 0;
    parts[left] = whole * (1 - share);
    parts[right] = whole * share;
  }
  return parts.subarray(0, labels);
}

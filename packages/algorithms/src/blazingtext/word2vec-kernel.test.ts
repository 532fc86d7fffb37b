/** The word2vec kernel against plain TypeScript that draws the same random numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../kernels/kernels.ts';
import { Embedding, type EmbeddingOptions, trainingModes } from './embedding.ts';
import { aliasTable, keepShares } from './negative-table.ts';

const tokens = [0, 3, 1, 0, 2, -1, 4, 0, -1, 1, -1, 2, 2, 0, 4, 3, 1, 0, 1, -1];
const counts = [40, 30, 10, 6, 3];
const seed = 11;
const position = { done: 5, total: 60 };

const word64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** The numbers that block 0 draws. */
function numbers(): () => bigint {
  let state = word64(
    BigInt(seed) * 0x9e3779b97f4a7c15n + BigInt(position.done) * 0xd6e8feb86659fd93n + 0xbf58476d1ce4e5b9n,
  );
  state = word64((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
  state = word64((state ^ (state >> 27n)) * 0x94d049bb133111ebn);
  state ^= state >> 31n;
  return () => (state = word64(state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n));
}

type Rows = number[][];

function reference(options: EmbeddingOptions, input: Rows, output: Rows): void {
  const { mode, dim, window, negatives, batch, rate, samplingThreshold, subwords } = options;
  const random = numbers();
  const alias = aliasTable(counts);
  const keep = keepShares(
    counts,
    counts.reduce((a, b) => a + b),
    samplingThreshold,
  );
  const partsOf = (word: number): number[] =>
    subwords === undefined ? [word] : [...subwords.rows.subarray(subwords.starts[word], subwords.starts[word + 1])];
  const meanOf = (parts: readonly number[]): number[] =>
    Array.from({ length: dim }, (_, i) => parts.reduce((sum, part) => sum + (input[part]?.[i] ?? 0), 0) / parts.length);
  const add = (row: number[] | undefined, change: readonly number[], factor = 1): void => {
    for (const [i, value] of change.entries()) if (row !== undefined) row[i] = (row[i] ?? 0) + factor * value;
  };
  const drawTargets = (center: number): (number | undefined)[] => [
    center,
    ...Array.from({ length: negatives }, () => {
      const value = random();
      const place = Number(((value >> 32n) * BigInt(counts.length)) >> 32n);
      const word =
        Number(BigInt.asUintN(32, value >> 16n)) < (alias[place * 2] ?? 0) ? place : (alias[place * 2 + 1] ?? 0);
      return word === center ? undefined : word;
    }),
  ];
  /** Where many rows share them, a word that is drawn twice counts once. */
  const distinct = (targets: (number | undefined)[]): (number | undefined)[] =>
    mode === 'batch_skipgram' ? targets.map((word, k) => (targets.indexOf(word) < k ? undefined : word)) : targets;
  /** Six targets at a time; all are compared with the row before any moves. */
  const learn = (rows: number[][], targets: readonly (number | undefined)[], step: number): void => {
    for (let first = 0; first < targets.length; first += 6) {
      const group = targets.slice(first, first + 6);
      const slopes = rows.map((row) =>
        group.map((target, k) => {
          if (target === undefined) return 0;
          const score = row.reduce((sum, value, i) => sum + value * (output[target]?.[i] ?? 0), 0);
          return step * ((first + k === 0 ? 1 : 0) - 1 / (1 + Math.exp(-score)));
        }),
      );
      for (const [at, row] of rows.entries()) {
        const x = [...row];
        for (const [k, target] of group.entries()) {
          if (target === undefined) continue;
          add(row, output[target] ?? [], slopes[at]?.[k]);
          add(output[target], x, slopes[at]?.[k]);
        }
      }
    }
  };
  for (let at = 0; at < tokens.length;) {
    const step = rate * (1 - (position.done + at) / position.total);
    const sentence: number[] = [];
    for (let word = tokens[at++] ?? -1; word >= 0; word = tokens[at++] ?? -1)
      if (Number(random() >> 32n) <= (keep[word] ?? 0)) sentence.push(word);
    for (const [i, center] of sentence.entries()) {
      const reach = 1 + Number(((random() >> 32n) * BigInt(window)) >> 32n);
      const context = sentence.map((word, j) => ({ word, j })).filter(({ j }) => j !== i && Math.abs(j - i) <= reach);
      if (context.length === 0) continue;
      const groups =
        mode === 'skipgram'
          ? context.map(({ word }) => ({ inputs: [[center]], target: word }))
          : mode === 'cbow'
            ? [{ inputs: [context.map(({ word }) => word)], target: center }]
            : Array.from({ length: Math.ceil(context.length / batch) }, (_, part) => ({
                inputs: context.slice(part * batch, (part + 1) * batch).map(({ word }) => [word]),
                target: center,
              }));
      for (const { inputs, target } of groups) {
        const parts = inputs.map((words) => words.flatMap(partsOf));
        const before = parts.map(meanOf);
        const after = before.map((row) => [...row]);
        learn(after, distinct(drawTargets(target)), step);
        for (const [k, rows] of parts.entries())
          for (const row of rows)
            add(
              input[row],
              (after[k] ?? []).map((value, z) => value - (before[k]?.[z] ?? 0)),
            );
      }
    }
  }
}

const subwords = {
  starts: Uint32Array.of(0, 2, 5, 6, 8, 10),
  rows: Uint32Array.of(0, 5, 1, 6, 7, 2, 3, 7, 4, 8),
  buckets: 4,
};

for (const mode of trainingModes)
  for (const [dim, negatives, parts] of [
    [4, 5, false],
    [7, 7, false],
    [10, 1, true],
  ] as const)
    test(`${mode} with ${dim} numbers, ${negatives} negative samples${parts ? ', and subwords' : ''}`, async () => {
      const kernels = openKernels({ threads: 1 });
      const options: EmbeddingOptions = {
        mode,
        dim,
        window: 3,
        negatives,
        // Every word of a batch once: rows that are the same would be moved one after the other.
        batch: 1,
        samplingThreshold: 0.1,
        rate: 0.3,
        seed,
        stream: 0,
        counts,
        ...(parts ? { subwords } : {}),
      };
      const embedding = new Embedding(kernels, options);
      const rowsOf = (values: Float32Array): Rows =>
        Array.from({ length: values.length / embedding.stride }, (_, row) =>
          Array.from(values.subarray(row * embedding.stride, row * embedding.stride + dim)),
        );
      for (const [at] of embedding.output.values.entries())
        if (at % embedding.stride < dim) embedding.output.values[at] = Math.sin(at * 7.1) / 2;
      const [input, output] = [rowsOf(embedding.input.values), rowsOf(embedding.output.values)];
      reference(options, input, output);
      const text = kernels.heap.int32(tokens.length);
      text.values.set(tokens);
      embedding.learn({ pointer: text.pointer, length: tokens.length }, position);
      for (const [found, expected] of [
        [rowsOf(embedding.input.values), input],
        [rowsOf(embedding.output.values), output],
      ] as const)
        for (const [row, values] of expected.entries())
          // The kernel reads the sigmoid from a table of 1024 steps.
          for (const [i, value] of values.entries())
            assert.ok(
              Math.abs((found[row]?.[i] ?? Number.NaN) - value) < 0.01,
              `row ${row}, ${i}: ${found[row]?.[i]} against ${value}`,
            );
      await kernels.close();
    });

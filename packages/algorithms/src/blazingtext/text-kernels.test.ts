/** The kernels of BlazingText against plain TypeScript, on odd sizes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesSource } from '../formats/byte-source.ts';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Classifier } from './classifier.ts';
import { encodeExamples, unknownLabel } from './examples.ts';
import { aliasTable } from './negative-table.ts';
import { hashWord, wordGramBuckets } from './subwords.ts';
import { Vocabulary } from './vocabulary.ts';

const blanks = [' ', '\t', '\n', '\n\n', '\r\n', ' \v\f '];

async function* filesOf(texts: readonly string[]) {
  for (const [at, text] of texts.entries()) yield bytesSource(`file ${at}`, Buffer.from(text));
}

test('words and their counts are those of a plain count, also when the table grows and files end inside a line', async () => {
  const random = new Random(4);
  const texts = Array.from({ length: 3 }, (_, file) =>
    Array.from({ length: 60_000 }, () => {
      const word = `${'\u00e4'.repeat(random.below(3))}${Math.floor(random.uniform() ** 2 * 70_000).toString(36)}`;
      return word + (blanks[random.below(blanks.length)] ?? '') + (file === 1 ? '\n' : '');
    }).join(''),
  );
  const expected = new Map<string, number>();
  for (const word of texts.flatMap((text) => text.split(/[ \t\n\r\v\f]+/)))
    if (word !== '') expected.set(word, (expected.get(word) ?? 0) + 1);
  const kernels = openKernels({ threads: 1 });
  const vocabulary = new Vocabulary(kernels, 1021);
  let tokens = 0;
  for await (const { pointer, length } of vocabulary.read(filesOf(texts), true)) {
    tokens += kernels.heap.viewInt32(pointer, length).filter((token) => token >= 0).length;
    kernels.heap.free(pointer);
  }
  assert.ok(expected.size > 2 ** 15, `${expected.size}`);
  assert.deepEqual(new Map(vocabulary.entries(1).map(({ word, count }) => [word, count])), expected);
  assert.equal(
    tokens,
    Array.from(expected.values()).reduce((sum, count) => sum + count, 0),
  );
  assert.equal(
    vocabulary.lines,
    texts.join('').split('\n').length - 1 + texts.filter((text) => !text.endsWith('\n')).length,
  );
  await kernels.close();
});

test('examples hold labels, words, and the n-grams of all words', async () => {
  const random = new Random(6);
  const names = Array.from({ length: 9 }, (_, at) => `w${at}\u00e9`.slice(0, 1 + (at % 4)) + at);
  const lines = Array.from({ length: 200 }, () =>
    Array.from({ length: random.below(7) }, () => names[random.below(names.length)] ?? ''),
  );
  // Two labels, an unknown label, a rare word; the others are words.
  const placeOf = (word: string): number => [-2, -3, unknownLabel, -1, 0, 1, 2, 3, 4][names.indexOf(word)] ?? -1;
  for (const [wordNgrams, buckets] of [
    [1, 1],
    [2, 1001],
    [5, 2_000_003],
    [3, 100_000_000],
  ] as const) {
    const kernels = openKernels({ threads: 1 });
    const vocabulary = new Vocabulary(kernels, 4096);
    const text = lines.map((line) => `${line.join(' ')}\n`).join('');
    const found: { labels: number[]; rows: number[] }[] = [];
    for await (const tokens of vocabulary.read(filesOf([text]), true)) {
      const places = kernels.heap.int32(vocabulary.size);
      places.values.set(vocabulary.entries(0).map(({ word }) => placeOf(word)));
      const layout = { places: places.pointer, lineEnd: 5, words: 6, wordNgrams, buckets };
      const examples = encodeExamples(kernels, vocabulary, tokens, layout);
      for (const start of kernels.heap.viewInt32(examples.starts, examples.count)) {
        const [labels = 0, rows = 0] = kernels.heap.viewInt32(examples.pointer + start * 4, 2);
        const all = [...kernels.heap.viewInt32(examples.pointer + start * 4 + 8, labels + rows)];
        found.push({ labels: all.slice(0, labels), rows: all.slice(labels) });
      }
    }
    const expected = lines.flatMap((line) => {
      const labels = line.map(placeOf).filter((place) => place === -2 || place === -3);
      const words = line.filter((word) => placeOf(word) >= -1);
      const grams = wordGramBuckets([...words, '</s>'].map(hashWord), wordNgrams, buckets).map((bucket) => 6 + bucket);
      const rows = [...words.map(placeOf).filter((place) => place >= 0), 5, ...grams];
      return labels.length === 0 || words.length === 0 ? [] : [{ labels: labels.map((place) => -2 - place), rows }];
    });
    assert.deepEqual(found, expected);
    await kernels.close();
  }
});

test('a step of the classifier is the gradient of the softmax', async () => {
  for (const [dim, labels] of [
    [1, 2],
    [5, 3],
    [12, 7],
    [19, 4],
  ] as const) {
    const kernels = openKernels({ threads: 1 });
    const options = { words: 11, buckets: 0, labels, dim, rate: 0.4, seed: 3, keepsBest: false };
    const classifier = new Classifier(kernels, options);
    const random = new Random(dim);
    const stride = classifier.input.values.length / 11;
    for (const { values } of [classifier.input, classifier.output])
      for (let i = 0; i < values.length; i++) values[i] = i % stride < dim ? random.normal() / 2 : 0;
    const before = [classifier.input, classifier.output].map(({ values }) => Float64Array.from(values));
    const rows = [3, 7, 3, 10, 0, 1, 2];
    const example = kernels.heap.int32(3 + rows.length);
    example.values.set([1, rows.length, 1, ...rows]);
    const starts = kernels.heap.int32(1);
    classifier.learn({ pointer: example.pointer, starts: starts.pointer, count: 1, lines: 1 }, 1, 4);
    const [input = new Float64Array(), output = new Float64Array()] = before;
    const step = 0.4 * (1 - 1 / 4);
    const hidden = Array.from(
      { length: stride },
      (_, i) => rows.reduce((sum, row) => sum + (input[row * stride + i] ?? 0), 0) / rows.length,
    );
    const powers = Array.from({ length: labels }, (_, label) =>
      Math.exp(hidden.reduce((sum, value, i) => sum + value * (output[label * stride + i] ?? 0), 0)),
    );
    const total = powers.reduce((a, b) => a + b, 0);
    const slopes = powers.map((power, label) => step * ((label === 1 ? 1 : 0) - power / total));
    const change = hidden.map(
      (_, i) => slopes.reduce((sum, slope, label) => sum + slope * (output[label * stride + i] ?? 0), 0) / rows.length,
    );
    for (const row of rows)
      for (const [i, value] of change.entries()) input[row * stride + i] = (input[row * stride + i] ?? 0) + value;
    for (const [label, slope] of slopes.entries())
      for (const [i, value] of hidden.entries())
        output[label * stride + i] = (output[label * stride + i] ?? 0) + slope * value;
    for (const [found, expected] of [
      [classifier.input.values, input],
      [classifier.output.values, output],
    ] as const)
      for (const [i, value] of expected.entries()) assert.ok(Math.abs((found[i] ?? 0) - value) < 2e-6, `${dim}: ${i}`);
    await kernels.close();
  }
});

test('a copy of the output that is exchanged now and then learns what the output itself does', async () => {
  // Fewer examples than a block has: one thread learns them all, however many there are.
  const count = 201;
  const labels = 6;
  const learnt = await Promise.all(
    [1, 3].map(async (threads) => {
      const kernels = openKernels({ threads });
      const options = { words: 20, buckets: 9000, labels, dim: 10, rate: 0.4, seed: 3, keepsBest: false };
      const classifier = new Classifier(kernels, options);
      const random = new Random(7);
      const examples = kernels.heap.int32(count * 6);
      const starts = kernels.heap.int32(count);
      for (let at = 0; at < count; at++) {
        starts.values[at] = at * 6;
        const rows = Array.from({ length: 3 }, () => random.below(9020));
        examples.values.set([1, rows.length, random.below(labels), ...rows], at * 6);
      }
      const piece = { pointer: examples.pointer, starts: starts.pointer, count, lines: count };
      const right = [0, count].map((done) => classifier.learn(piece, done, 2 * count));
      const state = Object.values(classifier.state()).map((values) => values.slice());
      await kernels.close();
      return { right, state };
    }),
  );
  const [alone, apart] = learnt;
  assert.deepEqual(apart?.right, alone?.right);
  for (const [which, values] of alone?.state.entries() ?? [])
    for (const [at, value] of values.entries())
      assert.ok(Math.abs((apart?.state[which]?.[at] ?? 0) - value) < 1e-5, `${which}, ${at}`);
});

test('the table of negative samples gives every word its share', () => {
  const counts = [1000, 300, 300, 50, 7, 1, 1];
  const table = aliasTable(counts);
  const shares = counts.map(() => 0);
  for (const place of counts.keys()) {
    const own = (table[place * 2] ?? 0) / 2 ** 32 / counts.length;
    const other = table[place * 2 + 1] ?? 0;
    shares[place] = (shares[place] ?? 0) + own;
    shares[other] = (shares[other] ?? 0) + 1 / counts.length - own;
  }
  const total = counts.reduce((sum, count) => sum + count ** 0.75, 0);
  for (const [place, count] of counts.entries())
    assert.ok(Math.abs((shares[place] ?? 0) - count ** 0.75 / total) < 1e-6);
});

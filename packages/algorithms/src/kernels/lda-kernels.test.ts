/** Against plain loops, on odd sizes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { Random } from '../random.ts';
import { openKernels } from './kernels.ts';

const kernels = openKernels({ threads: 2 });
const { heap, pool } = kernels;
after(() => kernels.close());
/** Everything of a property is freed at once. */
const free = (...arrays: readonly { readonly pointer: number }[]): void =>
  arrays.forEach(({ pointer }) => heap.free(pointer));

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 150 }),
  columns: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 11 }),
  seed: fc.integer(),
});

function sparseRows(rows: number, columns: number, random: Random) {
  const lines = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, (_, key) => [key, 1 + random.below(5)] as const).filter(
      () => random.uniform() < 0.3,
    ),
  );
  const entries = lines.flat();
  const [starts, keys, values] = [heap.int32(rows + 1), heap.int32(entries.length), heap.float32(entries.length)];
  lines.forEach((line, row) => (starts.values[row + 1] = (starts.values[row] ?? 0) + line.length));
  keys.values.set(entries.map(([key]) => key));
  values.values.set(entries.map(([, value]) => value));
  return { lines, arrays: [starts, keys, values], pointers: [starts.pointer, keys.pointer, values.pointer] };
}

function close(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * (1 + Math.abs(expected)), `${actual} instead of ${expected}`);
}

test('times_matrix multiplies sparse rows with a matrix', () => {
  fc.assert(
    fc.property(shapes, ({ rows, columns, k, seed }) => {
      const random = new Random(seed);
      const { lines, arrays, pointers } = sparseRows(rows, columns, random);
      const stride = k + (k % 2);
      const [matrix, scales, out] = [heap.float64(columns * stride), heap.float64(rows), heap.float64(rows * stride)];
      matrix.values.forEach((_, at) => (matrix.values[at] = at % stride < k ? random.normal() : 0));
      scales.values.forEach((_, at) => (scales.values[at] = random.uniform()));
      const args = [...pointers, scales.pointer, matrix.pointer, stride, out.pointer];
      pool.parallel('lda', 'times_matrix', { items: rows, grain: 16 }, args);
      for (const [row, line] of lines.entries())
        for (let i = 0; i < k; i++) {
          const sum = line.reduce((whole, [key, value]) => whole + value * (matrix.values[key * stride + i] ?? 0), 0);
          close(out.values[row * stride + i] ?? 0, sum * (scales.values[row] ?? 0), 1e-12);
        }
      free(...arrays, matrix, scales, out);
    }),
  );
});

test('add_thirds sums the products of three, and contract takes two of them away again', () => {
  fc.assert(
    fc.property(shapes, fc.boolean(), ({ rows, k, seed }, mixed) => {
      const random = new Random(seed);
      const stride = k + (k % 2);
      const fresh = () => {
        const array = heap.float64(rows * stride);
        array.values.forEach((_, at) => (array.values[at] = at % stride < k ? random.normal() : 0));
        return array;
      };
      const [x, y, scales, tensor] = [fresh(), fresh(), heap.float64(rows), heap.float64(k * k * stride)];
      scales.values.forEach((_, at) => (scales.values[at] = random.normal()));
      const args = [x.pointer, mixed ? y.pointer : 0, scales.pointer, rows, k, stride, tensor.pointer];
      pool.parallel('lda', 'add_thirds', { items: k, grain: 2 }, args);
      for (let i = 0; i < k; i++)
        for (let j = i; j < k; j++)
          for (let l = j; l < k; l++) {
            let expected = 0;
            for (let row = 0; row < rows; row++) {
              const [a = 0, b = 0, c = 0] = [i, j, l].map((at) => x.values[row * stride + at]);
              const [p = 0, q = 0, r = 0] = [i, j, l].map((at) => (mixed ? y.values[row * stride + at] : 0));
              expected += (scales.values[row] ?? 0) * a * b * c + a * b * r + a * q * c + p * b * c;
            }
            close(tensor.values[(i * k + j) * stride + l] ?? 0, expected, 1e-10);
          }
      const out = heap.float64(rows * stride);
      for (let row = 0; row < k * k; row++) tensor.values.fill(0, row * stride + k, (row + 1) * stride);
      const call = [tensor.pointer, k, stride, x.pointer, rows, out.pointer];
      pool.parallel('lda', 'contract', { items: k, grain: 2 }, call);
      for (let row = 0; row < Math.min(rows, 5); row++)
        for (let i = 0; i < k; i++) {
          let expected = 0;
          for (let j = 0; j < k; j++)
            for (let l = 0; l < k; l++)
              expected +=
                (tensor.values[(i * k + j) * stride + l] ?? 0) *
                (x.values[row * stride + j] ?? 0) *
                (x.values[row * stride + l] ?? 0);
          close(out.values[row * stride + i] ?? 0, expected, 1e-9);
        }
      free(x, y, scales, tensor, out);
    }),
    { numRuns: 40 },
  );
});

test('infer_documents and count_topics share out words among topics, and tell the likelihood', () => {
  fc.assert(
    fc.property(shapes, ({ rows, columns, k, seed }) => {
      const random = new Random(seed);
      const { lines, arrays, pointers } = sparseRows(rows, columns, random);
      const stride = Math.ceil(k / 4) * 4;
      const positive = (length: number) => {
        const array = heap.float32(length);
        array.values.forEach((_, at) => (array.values[at] = at % stride < k ? 0.01 + random.uniform() : 0));
        return array;
      };
      const [words, prior, weights] = [positive(columns * stride), positive(stride), positive(rows * stride)];
      const before = Array.from(weights.values);
      const spare = heap.float32(Math.ceil(rows / 16) * stride);
      const likelihood = pool
        .parallel('lda', 'infer_documents', { items: rows, grain: 16 }, [
          ...pointers,
          words.pointer,
          prior.pointer,
          weights.pointer,
          stride,
          1,
          spare.pointer,
        ])
        .reduce((sum, part) => sum + part, 0);
      const probability = (row: number, word: number): number => {
        let sum = 0;
        for (let i = 0; i < k; i++) sum += (before[row * stride + i] ?? 0) * (words.values[word * stride + i] ?? 0);
        return sum;
      };
      let expectedLikelihood = 0;
      for (const [row, line] of lines.entries()) {
        const total = before.slice(row * stride, row * stride + k).reduce((sum, value) => sum + value, 0);
        for (const [word, count] of line) expectedLikelihood += count * Math.log(probability(row, word) / total);
        for (let i = 0; i < k; i++) {
          const expected = line.reduce(
            (sum, [word, count]) =>
              sum +
              (count * (before[row * stride + i] ?? 0) * (words.values[word * stride + i] ?? 0)) /
                probability(row, word),
            prior.values[i] ?? 0,
          );
          close(weights.values[row * stride + i] ?? 0, expected, 1e-4);
        }
      }
      close(likelihood, expectedLikelihood, 1e-5);

      // The same counts read as words of documents: every row a word.
      weights.values.set(before);
      const next = heap.float32(rows * stride);
      const args = [...pointers, weights.pointer, words.pointer, stride, next.pointer];
      pool.parallel('lda', 'count_topics', { items: rows, grain: 16 }, args);
      for (const [row, line] of lines.entries())
        for (let i = 0; i < k; i++) {
          const expected = line.reduce(
            (sum, [other, count]) =>
              sum +
              (count * (before[row * stride + i] ?? 0) * (words.values[other * stride + i] ?? 0)) /
                probability(row, other),
            0,
          );
          close(next.values[row * stride + i] ?? 0, expected, 1e-4);
        }
      free(...arrays, words, prior, weights, spare, next);
    }),
  );
});

test('infer_shares goes on from the prior, all steps or until the shares of a document no longer move much', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1), (shape, steps, tolerance) => {
      const { rows, columns, k, seed } = shape;
      const random = new Random(seed);
      const { lines, arrays, pointers } = sparseRows(rows, columns, random);
      const stride = Math.ceil(k / 4) * 4;
      const [words, prior, shares] = [
        heap.float32(columns * stride),
        heap.float32(stride),
        heap.float32(rows * stride),
      ];
      words.values.forEach((_, at) => (words.values[at] = at % stride < k ? random.uniform() ** 4 : 0));
      for (let i = 0; i < k; i++) prior.values[i] = 0.1 + random.uniform();
      const spare = heap.float32(Math.ceil(rows / 16) * stride);
      const model = [words.pointer, prior.pointer, shares.pointer, stride, steps, tolerance, spare.pointer];
      pool.parallel('lda', 'infer_shares', { items: rows, grain: 16 }, [...pointers, ...model]);
      const scaled = (weights: readonly number[]): number[] => {
        const sum = weights.reduce((whole, weight) => whole + weight, 0);
        return weights.map((weight) => weight / sum);
      };
      const alpha = Array.from(prior.values.subarray(0, k));
      for (const [row, line] of lines.entries()) {
        let weights = alpha;
        for (
          let step = 0, moved = Number.POSITIVE_INFINITY;
          step < steps && line.length > 0 && moved > tolerance;
          step++
        ) {
          const ratios = line.map(([word, count]) => {
            const own = words.values.subarray(word * stride, word * stride + k);
            return [own, count / weights.reduce((sum, weight, i) => sum + weight * (own[i] ?? 0), 1e-30)] as const;
          });
          const next = weights.map(
            (weight, i) =>
              (alpha[i] ?? 0) + weight * ratios.reduce((sum, [own, ratio]) => sum + ratio * (own[i] ?? 0), 0),
          );
          const [before, after] = [scaled(weights), scaled(next)];
          moved = Math.max(...after.map((share, i) => Math.abs(share - (before[i] ?? 0))));
          weights = next;
        }
        for (const [i, share] of scaled(weights).entries()) close(shares.values[row * stride + i] ?? 0, share, 1e-5);
      }
      free(...arrays, words, prior, shares, spare);
    }),
    { numRuns: 50 },
  );
});

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Directions } from './directions.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

/** Of a given rank, with rows and columns that fall in size by `decay` from first to last. */
function symmetricMatrix(n: number, rank: number, decay: number, seed: number): Float64Array {
  const random = new Random(seed);
  const factors = Float64Array.from(
    { length: n * rank },
    (_, at) => random.normal() * decay ** (Math.floor(at / rank) / n),
  );
  return Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let t = 0; t < rank; t++)
      sum += (factors[Math.floor(at / n) * rank + t] ?? 0) * (factors[(at % n) * rank + t] ?? 0);
    return sum;
  });
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => vector.reduce((sum, value, j) => sum + value * (matrix[i * n + j] ?? 0), 0));
}

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 75 }),
  rank: fc.integer({ min: 0, max: 80 }),
  decay: fc.constantFrom(1, 1e-4),
  seed: fc.integer(),
});

test('eigenvectors are orthonormal, and the matrix only stretches them', () => {
  fc.assert(
    fc.property(shapes, ({ n, rank, decay, seed }) => {
      const values = symmetricMatrix(n, rank, decay, seed);
      const matrix = kernels.heap.float64(n * n);
      // What is left of the diagonal must not matter.
      matrix.values.set(values.map((value, at) => (at % n < Math.floor(at / n) ? Number.NaN : value)));
      const pairs = symmetricEigen(kernels, matrix, n, n);
      kernels.heap.free(matrix.pointer);
      const scale = Math.max(1e-300, ...pairs.values.map(Math.abs));
      for (let k = 0; k < n; k++) {
        const vector = pairs.vectors.slice(k * n, (k + 1) * n);
        const image = times(values, vector);
        image.forEach((value, i) =>
          assert.ok(Math.abs(value - (pairs.values[k] ?? 0) * (vector[i] ?? 0)) <= 1e-12 * scale * Math.sqrt(n)),
        );
        assert.ok(k === 0 || (pairs.values[k - 1] ?? 0) >= (pairs.values[k] ?? 0));
        for (let other = 0; other <= k; other++) {
          const product = vector.reduce((sum, value, i) => sum + value * (pairs.vectors[other * n + i] ?? 0), 0);
          assert.ok(Math.abs(product - (other === k ? 1 : 0)) < 1e-11, `${k} · ${other} = ${product}`);
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('a matrix that is worked on in parts has the same vectors for any number of threads', async () => {
  const n = 300;
  const values = symmetricMatrix(n, 40, 1e-2, 3);
  const found = await Promise.all(
    [1, 3].map(async (threads) => {
      const own = openKernels({ threads });
      const matrix = own.heap.float64(n * n);
      matrix.values.set(values);
      const pairs = symmetricEigen(own, matrix, n, 5);
      await own.close();
      return pairs;
    }),
  );
  assert.deepEqual(found[0], found[1]);
  const [first] = found;
  for (let k = 0; k < 5; k++) {
    const vector = first?.vectors.slice(k * n, (k + 1) * n) ?? new Float64Array(n);
    const value = first?.values[k] ?? 0;
    for (const [i, image] of times(values, vector).entries())
      assert.ok(Math.abs(image - value * (vector[i] ?? 0)) <= 1e-11 * (first?.values[0] ?? 0));
  }
});

test('directions stay orthonormal, leave out what is no new one, and hold the eigenvectors once they span everything', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 9 }), fc.integer(), (n, width, seed) => {
      const matrix = symmetricMatrix(n, n, 1, seed);
      const random = new Random(seed, 1);
      const directions = new Directions(kernels, n, n);
      while (directions.count < n) {
        const block = Array.from({ length: width }, () => Float64Array.from({ length: n }, () => random.normal()));
        const added = directions.add([...block, ...block]);
        assert.ok(added.length <= width);
        directions.applied(added.map((vector) => times(matrix, vector)));
      }
      const { values, residuals } = directions.best(n);
      directions.release();
      assert.ok(Math.max(...residuals) <= 1e-10 * (values[0] ?? 1));
      const trace = values.reduce((sum, value) => sum + value, 0);
      const expected = values.reduce((sum, _, i) => sum + (matrix[i * n + i] ?? 0), 0);
      assert.ok(Math.abs(trace - expected) <= 1e-10 * expected);
    }),
    { numRuns: 20 },
  );
});

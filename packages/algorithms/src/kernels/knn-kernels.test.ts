/** The kernels of nearest neighbors against plain TypeScript, on sizes that fill no panel. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { CodedIndex } from '../knn/coded-index.ts';
import { openFilter } from '../knn/filter.ts';
import { openFlat } from '../knn/flat-index.ts';
import type { Metric } from '../knn/metric.ts';
import { Panels } from '../knn/panels.ts';
import { searchPanels } from '../knn/search-panels.ts';
import { Random } from '../random.ts';
import { openKernels } from './kernels.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const sizes = fc.record({
  count: fc.integer({ min: 1, max: 90 }),
  columns: fc.integer({ min: 1, max: 19 }),
  queries: fc.integer({ min: 1, max: 150 }),
  k: fc.integer({ min: 1, max: 20 }),
  lists: fc.integer({ min: 1, max: 9 }),
  metric: fc.constantFrom<Metric>('l2', 'inner-product'),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

/** Whole numbers of few values: every sum is exact, and many distances are equal. */
function numbers(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.below(9) - 4);
}

test('a search over all panels finds the nearest rows, of equally near ones the lower number', () => {
  fc.assert(
    fc.property(sizes, ({ count, columns, queries, k, metric, seed }) => {
      const random = new Random(seed);
      const rows = numbers(random, count * columns);
      const asked = numbers(random, queries * columns);
      const index = openFlat(kernels, { metric, columns, rows });
      const found = index.search(asked, k);
      index.release();
      const all = Array.from({ length: count }, (_, row) => row);
      for (let query = 0; query < queries; query++) {
        const expected = nearest(rows, asked, query, columns, k, metric, all);
        const at = query * k;
        assert.deepEqual(
          Array.from(found.rows.subarray(at, at + k)),
          pad(
            expected.map(({ row }) => row),
            k,
            -1,
          ),
        );
        const distances = pad(
          expected.map(({ distance }) => distance),
          k,
          Number.POSITIVE_INFINITY,
        );
        assert.deepEqual(
          Array.from(found.distances.subarray(at, at + k), (distance) => distance + 0),
          distances,
        );
      }
    }),
    { numRuns: 150 },
  );
});

test('a search over chosen lists finds the nearest rows of these lists', () => {
  fc.assert(
    fc.property(sizes, ({ count, columns, queries, k, lists, metric, seed }) => {
      const random = new Random(seed);
      const rows = numbers(random, count * columns);
      const asked = numbers(random, queries * columns);
      const listOf = Array.from({ length: count }, () => random.below(lists)).toSorted((a, b) => a - b);
      const ids = Int32Array.from(random.sample(count, count));
      const panelSizes = Int32Array.from({ length: lists }, (_, list) => listOf.filter((own) => own === list).length);
      const panels = new Panels(kernels, { metric, columns, rows, ids, sizes: panelSizes });
      const probes = Array.from({ length: queries }, () => random.sample(1 + random.below(lists), lists));
      const starts = new Int32Array(queries + 1);
      probes.forEach((own, query) => (starts[query + 1] = (starts[query] ?? 0) + own.length));
      const found = searchPanels(kernels, panels, asked, k, {
        probes: { starts, lists: Int32Array.from(probes.flat()) },
      });
      panels.release();
      for (let query = 0; query < queries; query++) {
        const own = Array.from({ length: count }, (_, row) => row).filter((row) =>
          probes[query]?.includes(listOf[row] ?? -1),
        );
        const expected = nearest(rows, asked, query, columns, k, metric, own, ids).map(({ row }) => row);
        assert.deepEqual(Array.from(found.rows.subarray(query * k, query * k + k)), pad(expected, k, -1));
      }
    }),
    { numRuns: 150 },
  );
});

test('the filter changes nothing, for either metric and near or far from zero', () => {
  for (const [metric, shift] of [
    ['l2', 0],
    ['l2', 5000],
    ['inner-product', 0],
  ] as const) {
    const columns = 34;
    const random = new Random(8);
    const blobs = Array.from({ length: 200 }, () =>
      Array.from({ length: columns }, (_, i) => (9 / (1 + i)) * random.normal()),
    );
    const draw = (amount: number): Float32Array => {
      const values = Array.from({ length: amount }, () => blobs[random.below(200)] ?? []).flat();
      return Float32Array.from(values, (value) => shift + value + random.normal() / 2);
    };
    const rows = draw(9000);
    const ids = Int32Array.from({ length: 9000 }, (_, row) => row);
    const panels = new Panels(kernels, { metric, columns, rows, ids, sizes: Int32Array.of(4003, 997, 4000) });
    const filter = openFilter(kernels, panels);
    assert.ok(filter !== undefined, 'there is something to gain');
    for (const amount of [1, 6, 203]) {
      const queries = draw(amount);
      assert.deepEqual(
        searchPanels(kernels, panels, queries, 10, { filter }),
        searchPanels(kernels, panels, queries, 10),
      );
    }
    panels.release();
  }
});

test('rows without a direction of more variance have no filter', () => {
  const random = new Random(8);
  const rows = Float32Array.from({ length: 9000 * 16 }, () => random.normal());
  const ids = Int32Array.from({ length: 9000 }, (_, row) => row);
  const panels = new Panels(kernels, { metric: 'l2', columns: 16, rows, ids, sizes: Int32Array.of(9000) });
  assert.equal(openFilter(kernels, panels), undefined);
  panels.release();
});

test('a search over codes finds the nearest of the rows that the codes stand for', () => {
  fc.assert(
    fc.property(
      fc.record({
        parts: fc.integer({ min: 1, max: 7 }),
        width: fc.integer({ min: 1, max: 3 }),
        lists: fc.integer({ min: 1, max: 5 }),
        count: fc.integer({ min: 1, max: 60 }),
        queries: fc.integer({ min: 1, max: 20 }),
        seed: fc.integer({ min: 0, max: 1_000_000 }),
      }),
      ({ parts, width, lists, count, queries, seed }) => {
        const random = new Random(seed);
        const columns = parts * width;
        const centers = numbers(random, lists * columns);
        const codebook = numbers(random, 256 * columns);
        const listOf = Array.from({ length: count }, () => random.below(lists)).toSorted((a, b) => a - b);
        const index = new CodedIndex(kernels, {
          kind: 'ivf-pq',
          metric: 'l2',
          columns,
          centers,
          probes: lists,
          parts,
          codebook,
          sizes: Int32Array.from({ length: lists }, (_, list) => listOf.filter((own) => own === list).length),
          ids: Int32Array.from({ length: count }, (_, row) => row),
          codes: Uint8Array.from({ length: count * parts }, () => random.below(256)),
        });
        const again = new Random(seed);
        numbers(again, lists * columns);
        numbers(again, 256 * columns);
        for (let row = 0; row < count; row++) again.below(lists);
        const codes = Uint8Array.from({ length: count * parts }, () => again.below(256));
        const rows = Float32Array.from({ length: count * columns }, (_, at) => {
          const row = Math.floor(at / columns);
          const column = at % columns;
          const part = Math.floor(column / width);
          const word = codes[row * parts + part] ?? 0;
          return (
            (centers[(listOf[row] ?? 0) * columns + column] ?? 0) +
            (codebook[(part * 256 + word) * width + (column % width)] ?? 0)
          );
        });
        const asked = numbers(random, queries * columns);
        const found = index.search(asked, 4);
        index.release();
        const all = Array.from({ length: count }, (_, row) => row);
        for (let query = 0; query < queries; query++) {
          const expected = nearest(rows, asked, query, columns, 4, 'l2', all).map(({ row }) => row);
          assert.deepEqual(Array.from(found.rows.subarray(query * 4, query * 4 + 4)), pad(expected, 4, -1));
        }
      },
    ),
    { numRuns: 60 },
  );
});

function nearest(
  rows: Float32Array,
  queries: Float32Array,
  query: number,
  columns: number,
  k: number,
  metric: Metric,
  among: readonly number[],
  ids?: Int32Array,
): { row: number; distance: number }[] {
  const distances = among.map((row) => {
    let distance = 0;
    for (let i = 0; i < columns; i++) {
      const a = rows[row * columns + i] ?? 0;
      const b = queries[query * columns + i] ?? 0;
      distance += metric === 'l2' ? (a - b) ** 2 : -a * b;
    }
    return { row: ids?.[row] ?? row, distance: distance + 0 };
  });
  return distances.toSorted((a, b) => a.distance - b.distance || a.row - b.row).slice(0, k);
}

function pad(values: readonly number[], length: number, filler: number): number[] {
  return [...values, ...Array.from({ length: length - values.length }, () => filler)];
}

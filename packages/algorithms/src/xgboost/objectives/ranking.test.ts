/** The kernels of rankings against plain TypeScript, on queries of odd sizes, short and long. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { alone } from '../../collective/collective.ts';
import { openKernels, type Kernels } from '../../kernels/kernels.ts';
import type { HeapArray } from '../../kernels/shared-heap.ts';
import { Random } from '../../random.ts';
import type { DataSet } from '../matrix.ts';
import { createMetric } from '../metrics/create-metric.ts';
import { rankingGradients } from './ranking.ts';

const threads = [1, 2, 3].map((count) => openKernels({ threads: count }));
after(() => Promise.all(threads.map((kernels) => kernels.close())));

const random = new Random(3);
const lists = {
  'short queries': Array.from({ length: 90 }, (_, index) => index % 41),
  'queries of many sizes': [1, 2, 3, 32, 33, 50, 191, 192, 193, 1, 700, 5, 1025, 2, 40],
  'one query': [3001],
};
const sets = Object.entries(lists).flatMap(([name, sizes]) =>
  (['pairwise', 'ndcg', 'map'] as const).map((loss) => ({
    name: `${loss}, ${name}`,
    loss,
    ...drawn(sizes, loss === 'map'),
  })),
);

interface Drawn {
  readonly starts: Int32Array;
  readonly labels: Float32Array;
  readonly scores: Float32Array;
  readonly weights: Float32Array;
}

/** Some scores are equal, and so are all of some queries, and all labels of others. */
function drawn(sizes: readonly number[], isBinary: boolean): Drawn {
  const starts = Int32Array.of(
    0,
    ...sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0)),
  );
  const kinds = sizes.flatMap((size, index) => Array.from({ length: size }, () => index % 7));
  return {
    starts,
    labels: Float32Array.from(kinds, (kind) => (kind === 5 ? 0 : random.below(isBinary ? 2 : 5))),
    scores: Float32Array.from(kinds, (kind) => (kind === 6 ? 0.5 : Math.round(random.normal() * 300) / 100)),
    weights: Float32Array.from(sizes, () => 0.5 + random.uniform()),
  };
}

function placed({ heap }: Kernels, { starts, labels, weights }: Drawn): DataSet {
  const matrix = { kind: 'dense', rows: labels.length, columns: 0, stride: 0, values: heap.float32(0) } as const;
  return { matrix, labels: copied(labels), weights: copied(weights), groupStarts: starts };

  function copied(values: Float32Array): HeapArray<Float32Array> {
    const array = heap.float32(values.length);
    array.values.set(values);
    return array;
  }
}

test('gradients are those of all pairs, and the same for any number of threads', async () => {
  for (const set of sets) {
    const found: Float32Array[] = [];
    for (const kernels of threads) {
      const [margins, gradients] = [
        kernels.heap.float32(set.scores.length),
        kernels.heap.float32(2 * set.scores.length),
      ];
      margins.values.set(set.scores);
      gradients.values.fill(7);
      await rankingGradients(set.loss)({ kernels, collective: alone, data: placed(kernels, set), margins, gradients });
      found.push(gradients.values.slice());
    }
    const [own = new Float32Array(0), ...others] = found;
    for (const other of others) assert.deepEqual(other, own, set.name);
    const expected = pairGradients(set.loss, set);
    const greatest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [at, value] of expected.entries())
      assert.ok(
        Math.abs((own[at] ?? 0) - value) <= 2e-6 * greatest + 2e-5 * Math.abs(value),
        `${set.name}, ${at}: ${own[at]}, not ${value}`,
      );
  }
});

test('metrics are those of their definitions, and the same for any number of threads', async () => {
  for (const set of sets)
    for (const name of set.loss === 'map' ? ['map', 'map@3', 'pre@5', 'pre'] : ['ndcg', 'ndcg@4']) {
      const found: number[] = [];
      for (const kernels of threads) {
        const answers = kernels.heap.float32(set.scores.length);
        answers.values.set(set.scores);
        const metric = createMetric(name, 0);
        assert.ok(metric !== undefined);
        const scored = { kernels, collective: alone, data: placed(kernels, set), groups: 1, margins: answers, answers };
        found.push(metric.value(await metric.sums(scored)));
      }
      assert.equal(new Set(found).size, 1, set.name);
      const [base = '', most = 32] = name.split('@');
      const sum = queriesOf(set).reduce(
        (total, { ranked, weight }) => total + (measures[base]?.(ranked, Number(most)) ?? 0) * weight,
        0,
      );
      const mean = sum / set.weights.reduce((total, weight) => total + weight, 0);
      assert.ok(Math.abs((found[0] ?? 0) - mean) < 1e-12, `${name} of ${set.name}: ${found[0]}, not ${mean}`);
    }
});

interface Query {
  /** Rows by rank, and their labels. */
  readonly rows: readonly number[];
  readonly ranked: readonly number[];
  readonly weight: number;
}

function queriesOf({ starts, labels, scores, weights }: Drawn): Query[] {
  return Array.from(weights, (weight, query) => {
    const from = starts[query] ?? 0;
    const rows = Array.from({ length: (starts[query + 1] ?? 0) - from }, (_, at) => from + at).toSorted(
      (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b,
    );
    return { rows, ranked: rows.map((row) => labels[row] ?? 0), weight };
  });
}

/** Every pair by its definition: metrics of two rows that change places are computed anew. */
function pairGradients(loss: 'pairwise' | 'ndcg' | 'map', set: Drawn): Float64Array {
  const out = new Float64Array(2 * set.scores.length);
  const mean = set.weights.reduce((sum, weight) => sum + weight, 0) / set.weights.length;
  for (const { rows, ranked, weight } of queriesOf(set)) {
    const score = (rank: number): number => set.scores[rows[rank] ?? 0] ?? 0;
    const change = changes[loss](ranked);
    const pairs: (readonly [place: number, slope: number, curve: number])[] = [];
    let sum = 0;
    for (let i = 0; i < Math.min(32, rows.length); i++)
      for (let j = i + 1; j < rows.length; j++) {
        if (ranked[i] === ranked[j]) continue;
        const [high, low] = (ranked[i] ?? 0) > (ranked[j] ?? 0) ? [i, j] : [j, i];
        const gap = score(high) - score(low);
        const sigmoid = 1 / (1 + Math.exp(-gap));
        const size = change(i, j) / (score(0) === score(rows.length - 1) ? 1 : Math.abs(gap) + 0.01);
        const curve = 2 * sigmoid * (1 - sigmoid) * size;
        pairs.push([rows[high] ?? 0, (sigmoid - 1) * size, curve], [rows[low] ?? 0, (1 - sigmoid) * size, curve]);
        sum += 2 * (1 - sigmoid) * size;
      }
    const scale = ((sum > 0 ? Math.log2(1 + sum) / sum : 1) * weight) / mean;
    for (const [row, slope, curve] of pairs) {
      out[2 * row] = (out[2 * row] ?? 0) + slope * scale;
      out[2 * row + 1] = (out[2 * row + 1] ?? 0) + curve * scale;
    }
  }
  return out;
}

/** How much it matters that rows at two ranks, the higher one first, change places. */
const changes: Record<'pairwise' | 'ndcg' | 'map', (ranked: readonly number[]) => (i: number, j: number) => number> = {
  pairwise: () => () => 1,
  ndcg: (ranked) => {
    const ideal = gain(ranked.toSorted((a, b) => b - a).slice(0, 32));
    const part = (label = 0, rank: number): number => 2 ** label / Math.log2(rank + 2);
    return (i, j) =>
      Math.abs(part(ranked[i], i) + part(ranked[j], j) - part(ranked[i], j) - part(ranked[j], i)) / ideal;
  },
  map: (ranked) => {
    const total = ranked.reduce((sum, label) => sum + label, 0);
    let hits = 0;
    const upTo = ranked.map((label) => (hits += label));
    let precisions = 0;
    const precisionUpTo = ranked.map((label, rank) => (precisions += label / (rank + 1)));
    return (i, j) => {
      // As XGBoost has it: above the lower row precision counts one a relevant rank.
      const between = (precisionUpTo[j - 1] ?? 0) - (precisionUpTo[i] ?? 0);
      const lower = (upTo[j] ?? 0) / (j + 1);
      const upper = (upTo[i] ?? 0) / (i + 1);
      return Math.abs(ranked[i] === 1 ? upper - lower + between : lower - upper - 1 / (i + 1) - between) / total;
    };
  },
};

function gain(labels: readonly number[]): number {
  return labels.reduce((sum, label, rank) => sum + (2 ** label - 1) / Math.log2(rank + 2), 0);
}

const measures: Readonly<Record<string, (ranked: readonly number[], most: number) => number>> = {
  ndcg: (ranked, most) => {
    const ideal = gain(ranked.toSorted((a, b) => b - a).slice(0, most));
    return ideal === 0 ? 1 : gain(ranked.slice(0, most)) / ideal;
  },
  map: (ranked, most) => {
    const relevant = ranked.flatMap((label, rank) => (label === 0 ? [] : [rank]));
    const precisions = relevant.map((rank, index) => (rank < most ? (index + 1) / (rank + 1) : 0));
    return relevant.length === 0 ? 1 : precisions.reduce((sum, one) => sum + one, 0) / Math.min(relevant.length, most);
  },
  pre: (ranked, most) =>
    ranked.slice(0, most).reduce((sum, label) => sum + label, 0) / Math.max(1, Math.min(most, ranked.length)),
};

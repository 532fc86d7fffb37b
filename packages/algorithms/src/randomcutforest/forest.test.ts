import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { NODE_NUMBERS, readArtifact, writeArtifact, type ForestArtifact } from './artifact.ts';
import { Forest, pad } from './forest.ts';
import { growTrees } from './grow-trees.ts';
import { Reservoir } from './reservoir.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 60 }),
  columns: fc.integer({ min: 1, max: 11 }),
  trees: fc.integer({ min: 1, max: 5 }),
  samplesPerTree: fc.integer({ min: 1, max: 40 }),
  /** Few different values make equal points and sides of length 0. */
  values: fc.constantFrom(1, 2, 3, 1000),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

test('a tree parts its samples by cuts inside the box of their points, until those that are left are equal', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const { forest } = grow(shape);
      const { trees, rows, samplesPerTree } = shape;
      assert.equal(forest.roots.length, trees + 1);
      for (let tree = 0; tree < trees; tree++) {
        const root = nodeAt(forest, tree, 0);
        assert.equal(root.mass, Math.min(samplesPerTree, rows));
        const { used, leaves } = walk(forest, tree, 0);
        assert.equal(used, (forest.roots[tree + 1] ?? 0) - (forest.roots[tree] ?? 0));
        const points = leaves.map(({ point }) => pointAt(forest, point).join());
        // Equal points cannot be parted, so that each is in one leaf only.
        assert.equal(new Set(points).size, points.length);
      }
    }),
    { numRuns: 200 },
  );
});

test('scores are those of the definition, node by node', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const { forest, queries } = grow(shape);
      const scores = scored(forest, queries);
      const count = forest.roots.length - 1;
      for (const [row, query] of queries.entries()) {
        let sum = 0;
        for (let tree = 0; tree < count; tree++) {
          const { mass } = nodeAt(forest, tree, 0);
          sum += referenceScore(forest, tree, 0, query, 0, mass).score * Math.log2(mass + 1);
        }
        assert.ok(Math.abs((scores[row] ?? 0) - sum / count) < 1e-5, `${scores[row]} and ${sum / count}`);
      }
    }),
    { numRuns: 200 },
  );
});

test('numbers near the ends of 32 bits are scored', () => {
  const values = [
    [3.4e38, 1],
    [-3.4e38, 2],
    [0, 3],
    [1e-40, 4],
  ];
  const { forest } = grow({ rows: 4, columns: 2, trees: 3, samplesPerTree: 4, values: 1, seed: 1 }, values);
  for (const score of scored(forest, [...values, [-3.4e38, 3.4e38]])) assert.ok(score > 0 && score < 3, String(score));
});

test('a side is cut as often as it is long', () => {
  const values = Array.from({ length: 40 }, (_, row) => [(row % 5) * 9, row % 2 === 0 ? 0 : 4]);
  const { forest } = grow({ rows: 40, columns: 2, trees: 2000, samplesPerTree: 40, values: 1, seed: 3 }, values);
  let long = 0;
  for (let tree = 0; tree < 2000; tree++) if (nodeAt(forest, tree, 0).dimension === 0) long++;
  assert.ok(Math.abs(long / 2000 - 36 / 40) < 0.03, String(long));
});

test('an artifact that leads nowhere is refused', () => {
  const { forest } = grow({ rows: 20, columns: 3, trees: 2, samplesPerTree: 10, values: 1000, seed: 1 });
  assert.deepEqual(readArtifact(writeArtifact(forest)), forest);
  const damage: [keyof ForestArtifact, number, number][] = [
    ['nodes', 0, 3],
    ['nodes', 2, 1],
    ['nodes', 2, 1000],
    ['nodes', 3, 0],
    ['roots', 1, 0],
    ['roots', 2, 7],
  ];
  for (const [name, at, value] of damage) {
    const values = forest[name];
    assert.ok(values instanceof Float32Array);
    const copy = { ...forest, [name]: values.with(at, value) };
    assert.throws(() => readArtifact(writeArtifact(copy)), { name: 'ClientError', message: /holds no forest/ });
  }
  assert.throws(() => readArtifact(new Map()), { name: 'ClientError', message: /no file model_algo-1/ });
});

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly trees: number;
  readonly samplesPerTree: number;
  readonly values: number;
  readonly seed: number;
}

/** A forest over random rows, or over `given` ones; and rows to ask it about: some of its own, some others. */
function grow(
  { rows, columns, trees, samplesPerTree, values, seed }: Shape,
  given?: readonly (readonly number[])[],
): { readonly forest: ForestArtifact; readonly queries: number[][] } {
  const random = new Random(seed);
  const row = (): number[] => Array.from({ length: columns }, () => random.below(values + 1) / 8);
  const table = given ?? Array.from({ length: rows }, row);
  const pointer = padded(table, columns);
  const reservoir = new Reservoir(kernels, columns, trees * samplesPerTree, new Random(seed, 1));
  reservoir.add({ rows, columns, stride: Math.ceil(columns / 4) * 4, labelSize: 0, values: pointer, labels: 0 });
  const forest = growTrees(kernels, reservoir, { trees, samplesPerTree, columns, random: new Random(seed, 2) });
  reservoir.release();
  kernels.heap.free(pointer);
  return { forest, queries: [...table.slice(0, 5).map((own) => [...own]), row(), row().map((value) => value * 2 - 1)] };
}

function scored(forest: ForestArtifact, rows: readonly (readonly number[])[]): Float64Array {
  const loaded = new Forest(kernels, forest);
  const pointer = padded(rows, forest.columns);
  const scores = loaded.score(pointer, rows.length);
  kernels.heap.free(pointer);
  loaded.release();
  return scores;
}

function padded(rows: readonly (readonly number[])[], columns: number): number {
  const stride = Math.ceil(columns / 4) * 4;
  const array = kernels.heap.float32(rows.length * stride);
  pad(Float32Array.from(rows.flat()), columns, array.values, stride);
  return array.pointer;
}

interface Node {
  readonly dimension: number;
  readonly cut: number;
  readonly to: number;
  readonly mass: number;
}

function nodeAt(forest: ForestArtifact, tree: number, node: number): Node {
  const at = ((forest.roots[tree] ?? 0) + node) * NODE_NUMBERS;
  const [dimension = 0, cut = 0, to = 0, mass = 0] = forest.nodes.subarray(at, at + NODE_NUMBERS);
  return { dimension, cut, to, mass };
}

function pointAt(forest: ForestArtifact, point: number): number[] {
  return Array.from(forest.points.subarray(point * forest.columns, (point + 1) * forest.columns));
}

interface Walk {
  readonly used: number;
  readonly leaves: readonly { readonly point: number }[];
}

/** Checks a subtree, and answers how many nodes it has and its leaves. */
function walk(forest: ForestArtifact, tree: number, node: number): Walk {
  const { dimension, cut, to, mass } = nodeAt(forest, tree, node);
  if (dimension === -1) return { used: 1, leaves: [{ point: to }] };
  const left = walk(forest, tree, node + 1);
  const right = walk(forest, tree, to);
  assert.equal(to, node + 1 + left.used);
  assert.equal(nodeAt(forest, tree, node + 1).mass + nodeAt(forest, tree, to).mass, mass);
  assert.ok(left.leaves.every(({ point }) => (pointAt(forest, point)[dimension] ?? 0) <= cut));
  assert.ok(right.leaves.every(({ point }) => (pointAt(forest, point)[dimension] ?? 0) > cut));
  return { used: 1 + left.used + right.used, leaves: [...left.leaves, ...right.leaves] };
}

/** The score of a query below a node, and the box of the points there. */
function referenceScore(
  forest: ForestArtifact,
  tree: number,
  node: number,
  query: readonly number[],
  depth: number,
  treeMass: number,
): { readonly score: number; readonly low: number[]; readonly high: number[] } {
  const { dimension, cut, to, mass } = nodeAt(forest, tree, node);
  if (dimension === -1) {
    const point = pointAt(forest, to);
    const isSeen = point.every((value, column) => value === query[column]);
    const score = isSeen ? (1 - mass / (2 * treeMass)) / (depth + Math.log2(mass + 1)) : 1 / (depth + 1);
    return { score, low: point, high: point };
  }
  const goesLeft = (query[dimension] ?? 0) <= cut;
  const own = referenceScore(forest, tree, goesLeft ? node + 1 : to, query, depth + 1, treeMass);
  const other = referenceScore(forest, tree, goesLeft ? to : node + 1, query, depth + 1, treeMass);
  const low = own.low.map((value, column) => Math.min(value, other.low[column] ?? 0));
  const high = own.high.map((value, column) => Math.max(value, other.high[column] ?? 0));
  let size = 0;
  let grown = 0;
  for (const [column, value] of query.entries()) {
    size += (high[column] ?? 0) - (low[column] ?? 0);
    grown += Math.max(0, (low[column] ?? 0) - value, value - (high[column] ?? 0));
  }
  const apart = grown === 0 ? 0 : grown / (grown + size);
  return { score: apart / (depth + 1) + (1 - apart) * own.score, low, high };
}

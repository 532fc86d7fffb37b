import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Instance } from '../formats/instances.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { groupsOf, type Booster, type Tree } from './booster.ts';
import { openScorer } from './scorer.ts';
import { randomBooster, type RandomForest } from './testing/random-trees.ts';

const opened: Kernels[] = [];
after(() => Promise.all(opened.map((kernels) => kernels.close())));

const forests: readonly RandomForest[] = [
  { trees: 1, features: 1, splits: 0 },
  { trees: 1, features: 3, splits: 1 },
  { trees: 21, features: 7, splits: 30 },
  { trees: 9, features: 5, splits: 40, form: 'chain' },
  { trees: 30, features: 500, splits: 12, groups: 3 },
  { trees: 12, features: 6, splits: 25, categories: true },
];

for (const [index, forest] of forests.entries()) {
  test(`${JSON.stringify(forest)}: rows are scored as by a plain walk, one or many at a time, by any number of threads`, () => {
    const random = new Random(index);
    const booster = randomBooster(random, forest);
    for (const count of [1, 2, 7, 8, 9, 63, 64, 65, 700]) {
      const rows = Array.from({ length: count }, () => randomRow(random, forest.features));
      const expected = rows.flatMap((row) => plainMargins(booster, row));
      for (const threads of [1, 3]) {
        const scorer = openScorer(booster, undefined, kernelsOf(threads));
        assert.deepEqual(Array.from(scorer(rows)), expected);
        if (count < 10)
          assert.deepEqual(
            rows.flatMap((row) => Array.from(scorer([row]))),
            expected,
          );
        assert.deepEqual(Array.from(scorer(rows.map(sparse))), expected);
      }
    }
  });
}

test('fewer rounds than the model has', () => {
  const random = new Random(5);
  const booster = randomBooster(random, { trees: 12, features: 4, splits: 9, groups: 2 });
  const row = randomRow(random, 4);
  const margins = openScorer(booster, 2, kernelsOf(1))([row]);
  assert.deepEqual(Array.from(margins), plainMargins(booster, row, 4));
});

/** Opened once per number of threads. */
function kernelsOf(threads: number): Kernels {
  const known = opened.find(({ pool }) => pool.threads === threads);
  if (known !== undefined) return known;
  const kernels = openKernels({ threads });
  opened.push(kernels);
  return kernels;
}

/** Numbers near the conditions, categories, missing values, and what is neither. */
function randomRow(random: Random, features: number): Instance {
  const odd = [Number.NaN, -1, 0, 69, 70, 1000, 2.5, 17_000_000, -0];
  const values = Float32Array.from({ length: features }, () => {
    const kind = random.below(4);
    return kind === 0 ? (odd[random.below(odd.length)] ?? 0) : kind === 1 ? random.below(75) : random.normal();
  });
  return { values };
}

function sparse({ values }: Instance): Instance {
  const keys = Array.from(values, (value, key) => (Number.isNaN(value) ? -1 : key)).filter((key) => key >= 0);
  return { keys, values: keys.map((key) => values[key] ?? 0) };
}

function plainMargins(booster: Booster, { values }: Instance, trees = Number.POSITIVE_INFINITY): number[] {
  const { ensemble } = booster;
  assert.ok(ensemble.kind !== 'gblinear');
  const margins = Array.from(booster.baseScore);
  assert.equal(margins.length, groupsOf(booster));
  for (const [index, tree] of ensemble.trees.slice(0, trees).entries()) {
    const group = ensemble.treeGroups[index] ?? 0;
    margins[group] = Math.fround((margins[group] ?? 0) + leafOf(tree, values));
  }
  return margins;
}

function leafOf(tree: Tree, values: ArrayLike<number>): number {
  let node = 0;
  while (tree.leftChildren[node] !== -1) {
    const value = values[tree.splitIndices[node] ?? 0] ?? Number.NaN;
    const left = Number.isNaN(value) ? tree.defaultLeft[node] === 1 : !goesRight(tree, node, value);
    node = (left ? tree.leftChildren[node] : tree.rightChildren[node]) ?? 0;
  }
  return tree.splitConditions[node] ?? 0;
}

function goesRight(tree: Tree, node: number, value: number): boolean {
  if (tree.splitType[node] === 0) return value >= (tree.splitConditions[node] ?? 0);
  const index = tree.categoriesNodes.indexOf(node);
  const start = tree.categoriesSegments[index] ?? 0;
  const own = tree.categories.subarray(start, start + (tree.categoriesSizes[index] ?? 0));
  return value >= 0 && own.includes(Math.trunc(value));
}

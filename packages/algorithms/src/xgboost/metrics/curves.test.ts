/** Areas under curves of rows that several hosts have, against their definitions: XGBoost's way of putting the hosts together. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { alone } from '../../collective/collective.ts';
import { openKernels } from '../../kernels/kernels.ts';
import type { HeapArray } from '../../kernels/shared-heap.ts';
import { Random } from '../../random.ts';
import { createMetric } from './create-metric.ts';
import type { Scored } from './metric.ts';

const kernels = openKernels({ threads: 1 });
after(() => kernels.close());
const random = new Random(4);

function floats(values: readonly number[]): HeapArray<Float32Array> {
  const array = kernels.heap.float32(values.length);
  array.values.set(values);
  return array;
}

function host(labels: readonly number[], scores: readonly number[], groups = 1): Scored {
  const matrix = { kind: 'dense', rows: labels.length, columns: 1, stride: 4, values: floats([]) } as const;
  const data = { matrix, labels: floats(labels), weights: undefined, groupStarts: undefined };
  const answers = floats(scores);
  return { kernels, collective: alone, data, groups, margins: answers, answers };
}

/** As the hosts of a job do. */
async function together(name: string, hosts: readonly Scored[]): Promise<number> {
  const metric = createMetric(name, 0);
  assert.ok(metric !== undefined);
  const parts = await Promise.all(hosts.map(async (scored) => metric.sums(scored)));
  const [first = new Float64Array(0)] = parts;
  return metric.value(first.map((_, at) => parts.reduce((sum, part) => sum + (part[at] ?? 0), 0)));
}

/** Pairs of a positive and a negative that are in the right order, and all such pairs. */
function pairs(labels: readonly number[], scores: readonly number[]): [right: number, all: number] {
  let [right, all] = [0, 0];
  for (const [i, label] of labels.entries())
    for (const [j, other] of labels.entries()) {
      if (label !== 1 || other !== 0) continue;
      all++;
      const gap = (scores[i] ?? 0) - (scores[j] ?? 0);
      right += gap > 0 ? 1 : gap === 0 ? 0.5 : 0;
    }
  return [right, all];
}

const parts = [7, 30, 1, 12].map((rows) => ({
  labels: Array.from({ length: rows }, () => random.below(2)),
  scores: Array.from({ length: rows }, () => random.below(9) / 8),
}));

test('the area under ROC of several hosts is the share of pairs of their own rows that are in order', async () => {
  const counted = parts.map(({ labels, scores }) => pairs(labels, scores));
  const sum = (at: 0 | 1): number => counted.reduce((total, pair) => total + pair[at], 0);
  const found = await together(
    'auc',
    parts.map(({ labels, scores }) => host(labels, scores)),
  );
  assert.ok(Math.abs(found - sum(0) / sum(1)) < 1e-12);
  // A host with rows of one kind only says nothing, and all of them together have none.
  assert.equal(await together('auc', [host([1, 1], [0.5, 0.25])]), 0.5);
  const [one] = parts;
  assert.ok(one !== undefined);
  const whole = host(one.labels, one.scores);
  assert.equal(await together('auc', [whole, host([1, 1], [0.5, 0.25])]), await together('auc', [whole]));
});

test('the area under precision of several hosts is the mean of those that have positives', async () => {
  const [a = { labels: [], scores: [] }, b = a] = parts;
  const hosts = [host(a.labels, a.scores), host(b.labels, b.scores), host([0, 0], [0.5, 0.25])];
  const own = await Promise.all(hosts.slice(0, 2).map((scored) => together('aucpr', [scored])));
  const mean = own.reduce((sum, value) => sum + value, 0) / 2;
  assert.ok(Math.abs((await together('aucpr', hosts)) - mean) < 1e-12);
});

test('of several classes each counts over all hosts before classes are put together', async () => {
  const made = [20, 31].map((rows) => ({
    labels: Array.from({ length: rows }, () => random.below(3)),
    scores: Array.from({ length: rows * 3 }, () => random.uniform()),
  }));
  let [sum, total] = [0, 0];
  for (let group = 0; group < 3; group++) {
    const own = made.map(({ labels, scores }) => {
      const is = labels.map((label) => Number(label === group));
      const [right, all] = pairs(
        is,
        labels.map((_, row) => Math.fround(scores[row * 3 + group] ?? 0)),
      );
      return { right, all, hits: is.filter((label) => label === 1).length };
    });
    const over = (of: 'right' | 'all' | 'hits'): number => own.reduce((all, part) => all + part[of], 0);
    sum += (over('right') / over('all')) * over('hits');
    total += over('hits');
  }
  const found = await together(
    'auc',
    made.map(({ labels, scores }) => host(labels, scores, 3)),
  );
  assert.ok(Math.abs(found - sum / total) < 1e-12);
});

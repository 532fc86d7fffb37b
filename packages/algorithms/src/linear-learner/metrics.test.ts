/** Thresholds and metrics against their definitions, by brute force. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { areaUnderCurve, multiclassMetrics } from './metrics.ts';
import { calibrate, valueOf, type Counts, type Criterion } from './threshold.ts';

const rows = fc.array(fc.record({ score: fc.integer({ min: -6, max: 6 }), label: fc.constantFrom(0, 1) }), {
  minLength: 1,
  maxLength: 40,
});
const criteria: Criterion[] = [
  { name: 'accuracy' },
  { name: 'f_beta', beta: 2 },
  { name: 'precision_at_target_recall', target: 0.8 },
  { name: 'recall_at_target_precision', target: 0.8 },
];

test('no threshold is better than the one that is chosen, by any criterion', () => {
  fc.assert(
    fc.property(rows, fc.constantFrom(...criteria), (sample, criterion) => {
      const chosen = calibrate(
        Float32Array.from(sample, ({ score }) => score),
        Float32Array.from(sample, ({ label }) => label),
        criterion,
      );
      assert.equal(chosen.value, valueOf(criterion, countsAt(sample, chosen.threshold)));
      for (let threshold = -7.5; threshold <= 7.5; threshold++)
        assert.ok(valueOf(criterion, countsAt(sample, threshold)) <= chosen.value + 1e-12);
    }),
  );
});

test('the threshold stays at 0 where that is as good as any', () => {
  assert.deepEqual(calibrate(Float32Array.of(-3, 4), Float32Array.of(0, 1), { name: 'accuracy' }), {
    threshold: 0,
    value: 1,
  });
  assert.equal(calibrate(Float32Array.of(5, 6), Float32Array.of(0, 1), { name: 'accuracy' }).threshold, 5.5);
});

test('the area under the curve is the share of pairs in right order', () => {
  fc.assert(
    fc.property(rows, (sample) => {
      const ones = sample.filter(({ label }) => label === 1);
      const zeros = sample.filter(({ label }) => label === 0);
      const pairs = ones.flatMap((one) => zeros.map((zero) => (Math.sign(one.score - zero.score) + 1) / 2));
      const expected = pairs.length === 0 ? 0.5 : pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
      const area = areaUnderCurve(
        Float32Array.from(sample, ({ score }) => score),
        Float32Array.from(sample, ({ label }) => label),
      );
      assert.ok(Math.abs(area - expected) < 1e-12);
    }),
  );
});

test('multiclass metrics of a small table', () => {
  const metrics = multiclassMetrics(3, 1, 2);
  metrics.add(Float32Array.of(3, 2, 1, 1, 3, 2), Float32Array.of(0, 0));
  metrics.add(Float32Array.of(1, 2, 3, 3, 1, 2), Float32Array.of(2, 2));
  const results = Object.fromEntries(metrics.results());
  assert.equal(results['multiclass_accuracy'], 0.5);
  assert.equal(results['multiclass_top_k_accuracy'], 0.75);
  // Ranks of the labels: 1, 3, 1, 2.
  assert.ok(Math.abs((results['dcg'] ?? 0) - (1 + 1 / 2 + 1 + 1 / Math.log2(3)) / 4) < 1e-12);
  // Class 0: one of two found, one of two right; class 1: predicted once, never right; class 2: one of two found, always right.
  assert.ok(Math.abs((results['macro_recall'] ?? 0) - (0.5 + 0 + 0.5) / 3) < 1e-12);
  assert.ok(Math.abs((results['macro_precision'] ?? 0) - (0.5 + 0 + 1) / 3) < 1e-12);
});

function countsAt(sample: readonly { score: number; label: number }[], threshold: number): Counts {
  const count = (label: number, isAbove: boolean): number =>
    sample.filter((row) => row.label === label && row.score >= threshold === isAbove).length;
  return {
    truePositives: count(1, true),
    falsePositives: count(0, true),
    trueNegatives: count(0, false),
    falseNegatives: count(1, false),
  };
}

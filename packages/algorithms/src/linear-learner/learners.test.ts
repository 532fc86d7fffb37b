/** The kernels against the same method in plain TypeScript. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels, rowStride } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import type { FirstWeights } from './first-weights.ts';
import type { LabelledRows, Learner } from './learner.ts';
import { kernelNumber, lossesOf, type Loss, type Predictor } from './losses.ts';
import { PanelModels } from './panel-models.ts';
import type { LinearSettings } from './settings.ts';
import { SingleModel } from './single-model.ts';
import { ReferenceModel } from './testing/reference-model.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const start: FirstWeights = { method: 'uniform', scale: 0.07, bias: 0.25 };
const predictor = fc.constantFrom<Predictor>('binary_classifier', 'multiclass_classifier', 'regressor');
const shapes = fc.record({
  kind: predictor.chain((name) =>
    fc.record({ predictor: fc.constant(name), loss: fc.constantFrom(...lossesOf(name)) }),
  ),
  rows: fc.integer({ min: 1, max: 300 }),
  columns: fc.integer({ min: 1, max: 21 }),
  models: fc.integer({ min: 1, max: 11 }),
  classes: fc.integer({ min: 3, max: 9 }),
  optimizer: fc.constantFrom('sgd', 'adam', 'rmsprop'),
  seed: fc.integer(),
});

test('updates, losses and scores are those of the plain method, for any loss, optimizer and size', () => {
  fc.assert(
    fc.property(shapes, ({ kind, rows, columns, models, classes, optimizer, seed }) => {
      const outputs = kind.predictor === 'multiclass_classifier' ? classes : 1;
      const settings = settingsFor(kind.predictor, kind.loss, outputs, models, optimizer, seed);
      const data = sample(seed, rows, columns, kind.predictor, outputs);
      const shape = { columns, stride: rowStride(columns) };
      const learners: Learner[] = [new PanelModels(kernels, shape, settings, start, new Random(seed))];
      if (models === 1 && outputs === 1)
        learners.push(new SingleModel(kernels, shape, settings, start, new Random(seed)));
      for (const learner of learners) {
        const references = settings.models.map(
          (_, model) => new ReferenceModel(settings, model, learner.parameters(model)),
        );
        learner.setRates(settings.models.map(({ rate }) => rate));
        for (let update = 0; update < 3; update++) {
          const sums = (update === 1 ? inHalves(learner, data.inKernels) : learner.learn(data.inKernels)).slice();
          for (const [model, reference] of references.entries())
            assertClose(sums[model] ?? 0, reference.learn(data.features, data.labels), 'loss while learning');
        }
        const losses = learner.losses(data.inKernels);
        for (const [model, reference] of references.entries()) {
          const { weights, biases } = learner.parameters(model);
          for (const [at, weight] of reference.weights.entries()) assertClose(weights[at] ?? 0, weight, 'weight');
          for (const [at, bias] of reference.biases.entries()) assertClose(biases[at] ?? 0, bias, 'bias');
          assertClose(losses[model] ?? 0, reference.loss(data.features, data.labels), 'loss');
          const scores = new Float32Array(rows * outputs);
          learner.scores(data.inKernels, [model], [scores]);
          data.features.forEach((row, index) =>
            reference
              .scores(row)
              .forEach((score, output) => assertClose(scores[index * outputs + output] ?? 0, score, 'score')),
          );
        }
        learner.release();
      }
      data.release();
    }),
    // A fixed seed: where a loss has a kink, 32 and 64 bits may fall on different sides of it.
    { numRuns: 150, seed: 20_240_615 },
  );
});

test('a model goes back to what was kept of it, and one at rate 0 stays as it is', () => {
  const settings = settingsFor('binary_classifier', 'logistic', 1, 10, 'adam', 5);
  const data = sample(5, 64, 6, 'binary_classifier', 1);
  const learner = new PanelModels(kernels, { columns: 6, stride: 8 }, settings, start, new Random(5));
  const first = learner.parameters(9);
  learner.setRates(settings.models.map((_, model) => (model === 9 ? 0 : 0.1)));
  learner.learn(data.inKernels);
  assert.deepEqual(learner.parameters(9), first);
  const kept = learner.parameters(3);
  learner.keep(3);
  learner.learn(data.inKernels);
  assert.notDeepEqual(learner.parameters(3), kept);
  const unkept = learner.parameters(4);
  learner.restoreKept();
  assert.deepEqual(learner.parameters(3), kept);
  assert.deepEqual(learner.parameters(4), unkept);
  learner.release();
  data.release();
});

test('work that is shared between threads gives the same weights to the last bit for 1, 2 and 3 of them', async () => {
  for (const models of [1, 9]) {
    const results = await Promise.all(
      [1, 2, 3].map(async (threads) => {
        const own = openKernels({ threads });
        const settings = { ...settingsFor('binary_classifier', 'logistic', 1, models, 'adam', 8), batchRows: 2000 };
        const data = sample(8, 2000, 66, 'binary_classifier', 1, own);
        const Models = models === 1 ? SingleModel : PanelModels;
        const learner: Learner = new Models(own, { columns: 66, stride: 68 }, settings, start, new Random(8));
        learner.setRates(settings.models.map(({ rate }) => rate));
        const losses = Array.from({ length: 5 }, () => Array.from(learner.learn(data.inKernels)));
        const result = { losses, parameters: settings.models.map((_, model) => learner.parameters(model)) };
        await own.close();
        return result;
      }),
    );
    for (const result of results) assert.deepEqual(result, results[0]);
  }
});

/** An update as several hosts make it. */
function inHalves(learner: Learner, rows: LabelledRows): Float64Array {
  const { losses } = learner.gradients(rows);
  learner.step(rows.rows);
  return losses;
}

function settingsFor(
  name: Predictor,
  loss: Loss,
  outputs: number,
  models: number,
  optimizer: LinearSettings['optimizer'],
  seed: number,
): LinearSettings {
  const random = new Random(seed, 3);
  return {
    predictor: name,
    loss,
    lossNumber: kernelNumber(loss),
    lossParameter: 0.3,
    outputs,
    models: Array.from({ length: models }, () => ({
      rate: 0.01 + 0.05 * random.uniform(),
      l2: random.uniform() / 10,
      l1: random.uniform() / 10,
      positiveWeight: 1 + random.uniform(),
    })),
    optimizer,
    beta1: 0.8,
    beta2: 0.95,
    useBias: true,
    biasRate: 2,
    biasDecay: 0.5,
    classWeights: Float32Array.from({ length: outputs }, () => 0.5 + random.uniform()),
    batchRows: 300,
  };
}

function sample(seed: number, rows: number, columns: number, name: Predictor, outputs: number, where = kernels) {
  const random = new Random(seed, 4);
  const features = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround(random.normal())),
  );
  const labels = features.map(() =>
    name === 'regressor' ? Math.fround(2 * random.normal()) : random.below(name === 'binary_classifier' ? 2 : outputs),
  );
  const values = where.heap.float32(rows * rowStride(columns));
  features.forEach((row, index) => values.values.set(row, index * rowStride(columns)));
  const targets = where.heap.float32(rows);
  targets.values.set(labels);
  return {
    features,
    labels,
    inKernels: { rows, values: values.pointer, labels: targets.pointer },
    release: () => [values, targets].forEach(({ pointer }) => where.heap.free(pointer)),
  };
}

/** 32 bits against 64, after sums over up to 300 rows. */
function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 2e-3 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );
}

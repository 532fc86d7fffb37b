/** What each predictor, loss, optimizer and criterion learns from planted data. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { checkServing } from '../testing/check-serving.ts';
import { csvFile, recordioFile, type SampleRows } from '../testing/sample-files.ts';
import { trainInFolder, type TrainingOutcome } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { linearLearner } from './index.ts';
import { lossesOf } from './losses.ts';

const random = new Random(3);
/** Columns of very different size and place, as in real data. */
const features = Array.from({ length: 2000 }, () => [
  random.normal(),
  1000 + 50 * random.normal(),
  random.normal() / 100 - 3,
  random.uniform() < 0.1 ? 1 : 0,
]);
const truth = [3, 0.04, -150, 2];
const scores = features.map((row) => row.reduce((sum, value, column) => sum + value * (truth[column] ?? 0), -490));
const numbers: SampleRows = { features, labels: scores.map((score) => 100 + score + random.normal() / 10) };
const twoClasses: SampleRows = { features, labels: scores.map((score) => (score + random.normal() > 2 ? 1 : 0)) };
const manyClasses: SampleRows = {
  features,
  labels: features.map(([a = 0, b = 0]) => (a > 0.5 ? 0 : b > 1010 ? 1 : a < -0.5 ? 2 : 3)),
};

describe('regressor', () => {
  for (const loss of lossesOf('regressor')) {
    test(`${loss} finds the planted weights, in the units of the data`, async () => {
      const outcome = await train(numbers, { predictor_type: 'regressor', loss, epochs: '30' });
      const { weights, biases } = readArtifact(outcome.model);
      for (const [column, weight] of truth.entries()) assertNear(weights[column] ?? 0, weight, 0.03);
      assertNear(biases[0] ?? 0, -390, 0.03);
    });
  }

  test('a quantile is above as many labels as it says', async () => {
    const outcome = await train(numbers, {
      predictor_type: 'regressor',
      loss: 'quantile_loss',
      quantile: '0.9',
      epochs: '30',
    });
    const predictions = (await loadModel(outcome.model)).predict(features);
    const below = predictions.filter((row, index) => (numbers.labels?.[index] ?? 0) < Number(row['score'])).length;
    assertNear(below / features.length, 0.9, 0.05);
  });

  test('without a bias, normalisation and label scaling it still learns', async () => {
    const plain = {
      features: features.map((row) => [row[0] ?? 0, row[3] ?? 0]),
      labels: features.map((row) => 3 * (row[0] ?? 0) + 2 * (row[3] ?? 0)),
    };
    const flags = { use_bias: 'false', normalize_data: 'false', normalize_label: 'false', wd: '0', epochs: '40' };
    const { weights, biases } = readArtifact((await train(plain, { predictor_type: 'regressor', ...flags })).model);
    assertNear(weights[0] ?? 0, 3, 0.01);
    assertNear(weights[1] ?? 0, 2, 0.01);
    assert.equal(biases[0], 0);
  });

  test('validation and test metrics are those of the saved model', async () => {
    const outcome = await train(numbers, { predictor_type: 'regressor' });
    const predictions = (await loadModel(outcome.model)).predict(features);
    const squares = predictions.map((row, index) => (Number(row['score']) - (numbers.labels?.[index] ?? 0)) ** 2);
    const mse = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    assertNear(metric(outcome, 'validation', 'mse'), mse, 1e-3);
    assertNear(metric(outcome, 'test', 'rmse') ** 2, mse, 1e-3);
    assertNear(metric(outcome, 'test', 'objective_loss'), mse, 1e-3);
    assert.ok(metric(outcome, 'test', 'absolute_loss') > 0);
  });

  checkServing(linearLearner, {
    hyperparameters: { predictor_type: 'regressor' },
    rows: few(numbers),
    csvType: 'text/csv',
    responseKeys: ['score'],
    metrics: [],
    checkQuality: () => undefined,
  });
});

describe('multiclass classifier', () => {
  test('finds the classes and logs its metrics', async () => {
    const outcome = await train(manyClasses, { predictor_type: 'multiclass_classifier', num_classes: '4' });
    const predictions = (await loadModel(outcome.model)).predict(features);
    const right = predictions.filter((row, index) => row['predicted_label'] === manyClasses.labels?.[index]).length;
    assert.ok(right / features.length > 0.85, `${right} of ${features.length} are right`);
    assertNear(metric(outcome, 'test', 'multiclass_accuracy'), right / features.length, 1e-3);
    assert.ok(metric(outcome, 'test', 'multiclass_top_k_accuracy') > 0.99);
    for (const name of ['dcg', 'macro_recall', 'macro_precision', 'macro_f_beta'])
      assert.ok(metric(outcome, 'validation', name) > 0.8, name);
    const [first] = predictions;
    assert.ok(Array.isArray(first?.['score']) && first['score'].length === 4);
    assertNear(
      first['score'].reduce((sum: number, score: number) => sum + score, 0),
      1,
      1e-5,
    );
  });

  test('balanced weights find a rare class that plain ones pass over', async () => {
    const rare = features.map(([a = 0]) => (a + random.normal() > 2.6 ? 2 : a > 0 ? 1 : 0));
    const recallOf = async (balance: string): Promise<number> => {
      const outcome = await train(
        { features, labels: rare },
        { predictor_type: 'multiclass_classifier', num_classes: '3', balance_multiclass_weights: balance },
      );
      const predictions = (await loadModel(outcome.model)).predict(features);
      return predictions.filter((row, index) => row['predicted_label'] === 2 && rare[index] === 2).length;
    };
    assert.ok((await recallOf('true')) > 1.5 * (await recallOf('false')));
  });

  checkServing(linearLearner, {
    hyperparameters: { predictor_type: 'multiclass_classifier', num_classes: '5' },
    rows: few(manyClasses),
    csvType: 'text/csv',
    responseKeys: ['score', 'predicted_label'],
    metrics: [],
    checkQuality: () => undefined,
  });
});

describe('binary classifier', () => {
  for (const optimizer of ['sgd', 'adam', 'rmsprop']) {
    for (const models of ['1', '8']) {
      test(`${optimizer} with ${models} models separates the classes`, async () => {
        const outcome = await train(twoClasses, { predictor_type: 'binary_classifier', optimizer, num_models: models });
        assert.ok(metric(outcome, 'test', 'binary_classification_accuracy') > 0.9);
        assert.ok(metric(outcome, 'test', 'roc_auc_score') > 0.95);
      });
    }
  }

  test('hinge_loss scores are distances, not probabilities', async () => {
    const outcome = await train(twoClasses, { predictor_type: 'binary_classifier', loss: 'hinge_loss' });
    const predictions = (await loadModel(outcome.model)).predict(features);
    assert.ok(
      predictions.some((row) => Number(row['score']) > 1) && predictions.some((row) => Number(row['score']) < 0),
    );
    assert.ok(metric(outcome, 'test', 'binary_classification_accuracy') > 0.9);
  });

  test('precision_at_target_recall and recall_at_target_precision keep their targets', async () => {
    const binary = { predictor_type: 'binary_classifier', num_models: '4' };
    const recall = await train(twoClasses, {
      ...binary,
      binary_classifier_model_selection_criteria: 'precision_at_target_recall',
      target_recall: '0.97',
    });
    assert.ok(metric(recall, 'validation', 'recall') >= 0.97);
    const precision = await train(twoClasses, {
      ...binary,
      binary_classifier_model_selection_criteria: 'recall_at_target_precision',
      target_precision: '0.97',
    });
    assert.ok(metric(precision, 'validation', 'precision') >= 0.97);
  });

  for (const criterion of ['f_beta', 'f1', 'cross_entropy_loss', 'loss_function']) {
    test(`${criterion} as criterion, with weights for positive rows`, async () => {
      for (const weight of ['balanced', 'auto', '3']) {
        const outcome = await train(twoClasses, {
          predictor_type: 'binary_classifier',
          num_models: '4',
          positive_example_weight_mult: weight,
          binary_classifier_model_selection_criteria: criterion,
        });
        assert.ok(metric(outcome, 'validation', 'binary_f_beta') > 0.85);
        if (criterion.endsWith('_loss') || criterion === 'loss_function')
          assert.equal(readArtifact(outcome.model).threshold, 0.5);
      }
    });
  }

  test('rows sorted by label are learnt as well as mixed ones', async () => {
    const order = Array.from(features.keys()).toSorted(
      (a, b) => (twoClasses.labels?.[a] ?? 0) - (twoClasses.labels?.[b] ?? 0),
    );
    const sorted = {
      features: order.map((row) => features[row] ?? []),
      labels: order.map((row) => twoClasses.labels?.[row] ?? 0),
    };
    const outcome = await train(sorted, { predictor_type: 'binary_classifier', num_models: '1' });
    assert.ok(metric(outcome, 'test', 'binary_classification_accuracy') > 0.9);
  });
});

describe('training', () => {
  test('stops early when validation improves no more, and says that it is complete', async () => {
    const { log } = await train(numbers, { predictor_type: 'regressor', epochs: '200', num_models: '2' });
    const epochs = log.filter((line) => line.includes('train objective_loss')).length;
    assert.ok(epochs < 100, `${epochs} epochs`);
    assert.ok(log.some((line) => line.includes('completed 100 % of epochs')));
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['2', { predictor_type: 'binary_classifier' }, /the label is 2, but a binary_classifier needs labels 0 and 1/],
    [
      '4',
      { predictor_type: 'multiclass_classifier', num_classes: '4' },
      /the label is 4, but with num_classes=4 labels are whole numbers from 0 to 3/,
    ],
    ['0.5', { predictor_type: 'multiclass_classifier', num_classes: '4' }, /the label is 0.5/],
    ['NaN', { predictor_type: 'regressor' }, /'NaN' is not a finite number/],
  ];
  for (const [label, hyperparameters, expected] of wrong) {
    test(`label ${label} of a ${hyperparameters['predictor_type']} is refused with its place`, async () => {
      const csv = `1,5,6\n\n0,5,7\n\r\n${label},8,9\n1,2,3\n`;
      const files = { 'a.csv': Buffer.from(csv) };
      const outcome = await trainInFolder(linearLearner, {
        hyperparameters,
        channels: { train: { contentType: 'text/csv', files } },
      });
      assert.match(outcome.failure, /^ClientError: file train\/a\.csv, line 5, column 1: /);
      assert.match(outcome.failure, expected);
    });
  }

  test('a wrong label in a record is refused with its place', async () => {
    const files = { 'a.pbr': recordioFile({ features: [[1], [2]], labels: [0, 7] }) };
    const outcome = await trainInFolder(linearLearner, {
      hyperparameters: { predictor_type: 'binary_classifier' },
      channels: { train: { files } },
    });
    assert.match(outcome.failure, /^ClientError: file train\/a\.pbr, record 2 \(offset \d+\): the label is 7/);
  });

  test('a channel without labels is refused', async () => {
    const channels = { train: { contentType: 'text/csv;label_size=0', files: { 'a.csv': csvFile(numbers) } } };
    const { failure } = await trainInFolder(linearLearner, {
      hyperparameters: { predictor_type: 'regressor' },
      channels,
    });
    assert.match(failure, /^ClientError: channel train: .*label_size=1/);
  });

  test('a learning rate that is far too large is told, not saved', async () => {
    const outcome = await trainInFolder(linearLearner, {
      hyperparameters: { predictor_type: 'regressor', optimizer: 'sgd', learning_rate: '1e12', num_models: '2' },
      channels: { train: { contentType: 'text/csv', files: { 'a.csv': csvFile(numbers) } } },
    });
    assert.match(outcome.failure, /^AlgorithmError: .*lower learning_rate/);
    assert.equal(outcome.model.size, 0);
  });
});

/** Numbers with few digits, the same in text and in 32 bits. */
function few(rows: SampleRows): SampleRows {
  return {
    features: rows.features.slice(0, 100).map((row) => row.map((value) => Math.round(value * 64) / 64)),
    labels: rows.labels?.slice(0, 100),
  };
}

async function train(rows: SampleRows, hyperparameters: Record<string, string>): Promise<TrainingOutcome> {
  const channel = { contentType: 'text/csv', files: { 'a.csv': csvFile(rows) } };
  const outcome = await trainInFolder(linearLearner, {
    hyperparameters,
    channels: { train: channel, validation: channel, test: channel },
  });
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return outcome;
}

function metric({ log }: TrainingOutcome, channel: string, name: string): number {
  const declared = linearLearner.metrics.find((candidate) => candidate.name === `${channel}:${name}`);
  assert.ok(declared !== undefined, `${channel}:${name} is declared`);
  return Number(log.flatMap((line) => new RegExp(declared.regex).exec(line)?.[1] ?? []).at(-1));
}

function assertNear(actual: number, expected: number, part: number): void {
  assert.ok(Math.abs(actual - expected) <= part * Math.abs(expected), `${actual} is not near ${expected}`);
}

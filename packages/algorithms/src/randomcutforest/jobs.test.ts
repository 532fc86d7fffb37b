import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { csvFile } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { randomCutForest } from './index.ts';

const csv = 'text/csv;label_size=0';
const random = new Random(2);
const rows = (count: number): number[][] => Array.from({ length: count }, () => [random.normal(), 5 * random.normal()]);
const hyperparameters = { feature_dim: '2', num_trees: '51', num_samples_per_tree: '32' };
const outlier = [12, 40];

test('two hosts grow one forest, each its share of the trees over its part of the rows', async () => {
  const parts = [rows(300), rows(40)];
  const labels = [...parts.flat().map(() => 0), 1];
  const test = {
    contentType: 'text/csv;label_size=1',
    files: { t: csvFile({ features: [...parts.flat(), outlier], labels }) },
  };
  const outcomes = await trainOnHosts(
    randomCutForest,
    parts.map((features) => ({
      hyperparameters,
      channels: { train: { contentType: csv, files: { 'a.csv': csvFile({ features }) } }, test },
    })),
  );
  assert.deepEqual(
    outcomes.map(({ exitCode, failure }) => [exitCode, failure]),
    [
      [0, ''],
      [0, ''],
    ],
  );
  assert.deepEqual(outcomes[0]?.model, outcomes[1]?.model);
  const forest = readArtifact(outcomes[0]?.model ?? new Map());
  assert.equal(forest.roots.length - 1, 51);
  const points = new Set(parts.map((part) => part.map((row) => Float32Array.from(row).join())).flat());
  for (let at = 0; at < forest.points.length; at += 2) assert.ok(points.has(forest.points.subarray(at, at + 2).join()));
  const model = await loadModel(outcomes[0]?.model ?? new Map());
  const [usual, odd] = model.predict([[0, 0], outlier]).map((row) => Number(row['score']));
  assert.ok((odd ?? 0) > 2 * (usual ?? 0), `${odd} and ${usual}`);
  const logged = outcomes.map(({ log }) => log.filter((line) => line.includes('test f1')).length);
  assert.deepEqual(logged, [1, 0]);
});

test('a test channel without labels, and one with other labels than 0 and 1, are client errors', async () => {
  const features = rows(80);
  const train = { contentType: csv, files: { 'a.csv': csvFile({ features }) } };
  const run = (test: { contentType: string; files: Record<string, Buffer> }) =>
    trainInFolder(randomCutForest, { hyperparameters, channels: { train, test } });
  assert.match((await run(train)).failure, /^ClientError: channel test has rows without a label/);
  const labels = features.map((_, row) => (row === 4 ? 2 : 0));
  const labelled = { contentType: 'text/csv;label_size=1', files: { 'a.csv': csvFile({ features, labels }) } };
  assert.match((await run(labelled)).failure, /test\/a\.csv, line 5, column 1: label 2 is neither 0 nor 1/);
});

test('only the metrics that are asked for are logged', async () => {
  const features = rows(80);
  const channel = {
    contentType: 'text/csv;label_size=1',
    files: { a: csvFile({ features, labels: features.map(() => 0) }) },
  };
  for (const [metrics, logged] of [
    ['["accuracy"]', ['accuracy']],
    ['precision_recall_fscore', ['precision', 'recall', 'f1']],
  ] as const) {
    const { log } = await trainInFolder(randomCutForest, {
      hyperparameters: { ...hyperparameters, eval_metrics: metrics },
      channels: { train: channel, test: channel },
    });
    assert.deepEqual(
      log.flatMap((line) => / test (\w+) </.exec(line)?.[1] ?? []),
      logged,
    );
  }
});

test('a forest that no memory holds is refused before data are read', async () => {
  const { failure } = await trainInFolder(randomCutForest, {
    hyperparameters: { feature_dim: '10000', num_trees: '1000', num_samples_per_tree: '2048' },
    channels: { train: { contentType: csv, files: { 'a.csv': Buffer.from('no number') } } },
  });
  assert.match(
    failure,
    /^ClientError: a forest of 1000 trees over 2048 rows with 10000 features each needs \d+ GB of memory/,
  );
});

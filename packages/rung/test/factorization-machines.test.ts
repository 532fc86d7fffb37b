/** Factorization machines through the whole platform: sparse rows from the SDK, a job, an endpoint, the model in-process. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FactorizationMachines, type SparseRow, Session, TrainingFailed, WireError } from '@rung/sdk';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('factorization machines', () => {
  let platform: TestPlatform;
  let session: Session;
  before(async () => {
    platform = await startPlatform({ tlsPort: false });
    session = new Session({ stateDir: platform.description.stateDir });
  });
  after(() => platform.close());

  const users = 8;
  const rows: SparseRow[] = Array.from({ length: 400 }, (_, at) => ({
    keys: [at % users, users + (at % 5)],
    values: [1, 1],
  }));
  const labels = rows.map(({ keys }) => ((keys[0] ?? 0) + (keys[1] ?? 0)) % 2);

  test('two lines: sparse rows in, and rows of any form answered', async () => {
    const estimator = new FactorizationMachines({
      predictorType: 'binary_classifier',
      featureDim: users + 5,
      numFactors: 4,
      epochs: 60,
      miniBatchSize: 50,
      factorsLr: 0.05,
      linearLr: 0.01,
      factorsInitSigma: 0.1,
      session,
    });
    await estimator.fit({ train: { rows, labels }, test: { rows, labels } }, { logs: false });
    const metrics = await estimator.job?.describe();
    const accuracy = metrics?.FinalMetricDataList?.find(
      ({ MetricName }) => MetricName === 'test:binary_classification_accuracy',
    );
    assert.ok((accuracy?.Value ?? 0) > 0.95, `accuracy ${accuracy?.Value}`);

    const predictor = await estimator.deploy();
    type Answer = { score: number; predicted_label: number }[];
    const instances = rows
      .slice(0, 40)
      .map(({ keys, values }) => ({ data: { features: { keys, values, shape: [users + 5] } } }));
    const sparse = await predictor.predict<Answer>({ instances });
    assert.deepEqual(
      sparse.map((row) => row.predicted_label),
      labels.slice(0, 40),
    );
    const dense = rows
      .slice(0, 40)
      .map(({ keys }) => Array.from({ length: users + 5 }, (_, key) => Number(Array.from(keys).includes(key))));
    assert.deepEqual(await predictor.predict<Answer>(dense), sparse);
    await assert.rejects(
      predictor.predict('1,2\n', { contentType: 'text/csv' }),
      (error) => error instanceof WireError && error.message.includes('not supported'),
    );
    await predictor.delete();
  });

  test('a row with a key beyond feature_dim fails the job with file and record', async () => {
    const estimator = new FactorizationMachines({ predictorType: 'regressor', featureDim: 10, numFactors: 2, session });
    await assert.rejects(
      estimator.fit({ train: { rows, labels } }, { logs: false }),
      (error) =>
        error instanceof TrainingFailed &&
        /record \d+ \(offset \d+\): key 1\d is out of range for 10 features/.test(error.message),
    );
  });
});

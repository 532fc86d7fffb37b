/** The SDK's classes for what is unusual: each channel gets the content type that its rows have. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { IPInsights, RandomCutForest, Session } from '@rung/sdk';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('the SDK finds what is unusual', () => {
  let platform: TestPlatform;
  let session: Session;
  let folder: string;
  before(async () => {
    platform = await startPlatform({ tlsPort: false });
    session = new Session({ stateDir: platform.description.stateDir });
    folder = mkdtempSync(join(tmpdir(), 'sdk-unusual-'));
  });
  after(async () => {
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('RandomCutForest learns from rows without labels, and measures on rows with them', async () => {
    const rows = Array.from({ length: 300 }, (_, row) => [row % 7, (row * 5) % 11, row === 150 ? 400 : row % 3]);
    const labels = rows.map((_, row) => (row === 150 ? 1 : 0));
    const estimator = new RandomCutForest({ numTrees: 60, numSamplesPerTree: 64, session });
    const job = await estimator.fit({ train: { rows }, test: { rows, labels } }, { logs: false });
    const { HyperParameters, InputDataConfig, FinalMetricDataList } = await job.describe();
    assert.equal(HyperParameters?.['feature_dim'], '3');
    const types = InputDataConfig?.map(({ ChannelName, ContentType }) => [ChannelName, ContentType]);
    assert.deepEqual(types, [
      ['train', 'text/csv;label_size=0'],
      ['test', 'text/csv;label_size=1'],
    ]);
    assert.equal(FinalMetricDataList?.find(({ MetricName }) => MetricName === 'test:f1')?.Value, 1);
    const predictor = await estimator.deploy();
    const scores = (await predictor.predict<{ score: number }[]>(rows)).map(({ score }) => score);
    assert.equal(scores.indexOf(Math.max(...scores)), 150);
    await predictor.delete();
  });

  test('IPInsights learns from a file of entities and addresses, and answers text', async () => {
    const file = join(folder, 'logins.csv');
    const lines = Array.from({ length: 2000 }, (_, row) => `user-${row % 20},10.${(row % 20) * 9}.3.${row % 250}\n`);
    writeFileSync(file, lines.join(''));
    const estimator = new IPInsights({
      numEntityVectors: 50,
      vectorDim: 16,
      epochs: 8,
      miniBatchSize: 100,
      learningRate: 0.01,
      session,
    });
    await estimator.fit({ train: file, validation: file }, { logs: false });
    const predictor = await estimator.deploy();
    const [own, other] = await predictor.predict<{ dot_product: number }[]>('user-3,10.27.3.9\nuser-3,10.153.3.9');
    assert.ok(own !== undefined && other !== undefined && own.dot_product > other.dot_product);
    const verbose = await predictor.predict<{ ip_embedding: number[] }[]>('user-3,10.27.3.9', {
      accept: 'application/json;verbose=True',
    });
    assert.equal(verbose[0]?.ip_embedding.length, 16);
    await predictor.delete();
  });
});

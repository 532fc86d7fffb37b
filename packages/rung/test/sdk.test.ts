/** The TypeScript SDK against a platform: the two lines, and the same model in-process. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  Estimator,
  type FitEvent,
  KMeans,
  LinearLearner,
  loadModel,
  Predictor,
  Session,
  TrainingFailed,
  WireError,
  XGBoost,
} from '@rung/sdk';
import { readBody } from '@rung/wire';
import { loadBreastCancer } from '../src/quickstart/breast-cancer.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('the SDK', () => {
  let platform: TestPlatform;
  let session: Session;
  let folder: string;
  before(async () => {
    platform = await startPlatform({ tlsPort: false });
    session = new Session({ stateDir: platform.description.stateDir });
    folder = mkdtempSync(join(tmpdir(), 'sdk-'));
  });
  after(async () => {
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('fit and deploy; the endpoint and the model in-process predict the same', async () => {
    const { train, validation, heldOut } = await loadBreastCancer();
    const estimator = new LinearLearner({ predictorType: 'binary_classifier', epochs: 10, numModels: 4, session });
    const events: FitEvent[] = [];
    const job = await estimator.fit(
      { train, validation },
      { jobName: 'two-lines', onEvent: (event) => events.push(event) },
    );
    assert.ok(events.some((event) => event.type === 'progress' && event.fraction === 1));
    assert.ok(events.some((event) => event.type === 'log' && event.line.includes('#quality_metric')));

    const predictor = await estimator.deploy();
    type Answer = { score: number; predicted_label: number }[];
    const served = await predictor.predict<Answer>(heldOut.rows);
    const right = served.filter(({ predicted_label }, index) => predicted_label === heldOut.labels[index]).length;
    assert.ok(right / heldOut.rows.length > 0.95, `${right} of ${heldOut.rows.length}`);

    const { ModelArtifacts } = await job.describe();
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ModelArtifacts?.S3ModelArtifacts ?? '') ?? [];
    const archive = join(folder, 'model.tar.gz');
    writeFileSync(
      archive,
      await readBody((await session.s3.call('GetObject', { Bucket: bucket, Key: key })).Body ?? new Uint8Array()),
    );
    const model = await loadModel(archive);
    assert.deepEqual(model.predict(heldOut.rows), served);

    const again = new Predictor({ endpointName: predictor.endpointName, session });
    assert.equal((await again.invoke(heldOut.rows.slice(0, 1))).variant, 'AllTraffic');
    await assert.rejects(
      again.predict([[1, 2, 3]]),
      (error) => error instanceof WireError && error.code === 'ModelError',
    );
    await predictor.delete();
    await assert.rejects(
      again.predict(heldOut.rows),
      (error) => error instanceof WireError && error.code === 'ValidationError',
    );
  });

  test('XGBoost without a script is the built-in algorithm, and its bare model file is enough to predict', async () => {
    const { train, validation, heldOut } = await loadBreastCancer();
    const estimator = new XGBoost({ objective: 'binary:logistic', numRound: 20, earlyStoppingRounds: 5, session });
    const job = await estimator.fit({ train, validation }, { jobName: 'boosted' });
    const { AlgorithmSpecification: specification, ModelArtifacts } = await job.describe();
    assert.match(
      specification?.TrainingImage ?? '',
      /^683313688378\.dkr\.ecr\.us-east-1\.amazonaws\.com\/sagemaker-xgboost:/,
    );
    const predictor = await estimator.deploy();
    const served = await predictor.predict<{ score: number }[]>(heldOut.rows);
    const right = served.filter(({ score }, index) => Number(score > 0.5) === heldOut.labels[index]).length;
    assert.ok(right / heldOut.rows.length > 0.92, `${right} of ${heldOut.rows.length}`);
    assert.deepEqual(
      await predictor.predict(heldOut.rows, { accept: 'text/csv' }),
      served.map(({ score }) => score).join('\n'),
    );
    await predictor.delete();

    const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(ModelArtifacts?.S3ModelArtifacts ?? '') ?? [];
    const body = await readBody((await session.s3.call('GetObject', { Bucket, Key })).Body ?? new Uint8Array());
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    execFileSync('tar', ['-xzf', '-', '-C', bare, 'xgboost-model'], { input: body });
    const model = await loadModel(bare, { algorithm: 'xgboost' });
    assert.deepEqual(model.predict(heldOut.rows), served);
  });

  test('the number of features is read from the data: a file, a folder, rows', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => [index % 2 === 0 ? 1 : 50, index % 7, 3]);
    const file = join(folder, 'points.csv');
    writeFileSync(file, rows.map((row) => `${row.join(',')}\n`).join(''));
    for (const train of [file, { rows }]) {
      const kmeans = new KMeans({ k: 2, session });
      const job = await kmeans.fit({ train }, { logs: false });
      assert.equal((await job.describe()).HyperParameters?.['feature_dim'], '3');
    }
  });

  test('a job that fails rejects with its reason, and one that is refused with the platform’s words', async () => {
    const failing = new Estimator({
      image: 'rung/host',
      entrypoint: [
        '/bin/sh',
        '-c',
        'mkdir -p "$SAGEMAKER_BASE_DIR/output"; echo out of luck > "$SAGEMAKER_BASE_DIR/output/failure"; exit 3',
      ],
      session,
    });
    await assert.rejects(
      failing.fit({}, { logs: false }),
      (error) => error instanceof TrainingFailed && /out of luck/.test(error.message),
    );
    await assert.rejects(
      new KMeans({ k: 1, featureDim: 2, session }).fit({}),
      (error) => error instanceof WireError && error.code === 'ValidationException',
    );
    await assert.rejects(failing.fit({ train: join(folder, 'missing.csv') }), /no such file or folder/);
  });

  test('a finished job is taken up again by its name', async () => {
    const kmeans = new KMeans({ k: 2, session });
    await kmeans.fit({ train: { rows: [[1], [2], [50], [51]] } }, { jobName: 'attached', logs: false });
    const attached = await Estimator.attach('attached', session);
    const predictor = await attached.deploy({ endpointName: 'attached' });
    assert.equal((await predictor.predict<object[]>([[1]])).length, 1);
    await predictor.delete();
  });

  test('a large file goes up in parts, with progress', async () => {
    const file = join(folder, 'large.bin');
    writeFileSync(file, Buffer.alloc(40 * 1024 * 1024, 7));
    const seen: number[] = [];
    const uri = await session.upload(file, { prefix: 'large', onProgress: ({ sent }) => seen.push(sent) });
    assert.match(uri, /\/large\/large\.bin$/);
    assert.equal(seen.at(-1), 40 * 1024 * 1024);
    assert.ok(seen.length >= 3);
    const head = await session.s3.call('HeadObject', { Bucket: await session.defaultBucket(), Key: 'large/large.bin' });
    assert.equal(head.ContentLength, 40 * 1024 * 1024);
  });
});

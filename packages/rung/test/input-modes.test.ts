/** File, FastFile and Pipe through the front door, with real programs: a user's own, and a built-in algorithm. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Session } from '@rung/sdk';
import type { Channel, CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { bucket, goodPoints, kmeansJob, prepareBucket, put, runJob } from './kmeans-job.ts';
import { type TestPlatform, startPlatform } from './start-platform.ts';

let platform: TestPlatform;
let session: Session;

before(async () => {
  platform = await startPlatform({ maxConcurrentJobs: 2 });
  session = sessionOf(platform);
  await prepareBucket(session);
});
after(() => platform.close());

function sessionOf({ description, environment }: TestPlatform): Session {
  return new Session({
    endpoint: description.endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
}

function hostJob(name: string, script: string, channels: Channel[]): CreateTrainingJobRequest {
  return {
    ...kmeansJob(name),
    AlgorithmSpecification: {
      TrainingImage: 'rung/host',
      TrainingInputMode: 'File',
      ContainerEntrypoint: ['sh', '-ec'],
      // An argument has 256 characters at most, and no line breaks.
      ContainerArguments: ['eval "$SCRIPT"'],
    },
    Environment: { SCRIPT: script },
    HyperParameters: {},
    InputDataConfig: channels,
  };
}

function channel(prefix: string, more: Partial<Channel>): Channel {
  return {
    ChannelName: 'train',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${prefix}` } },
    ...more,
  };
}

async function read(key: string, from: Session = session): Promise<string> {
  const { Body = new Uint8Array() } = await from.s3.call('GetObject', { Bucket: bucket, Key: key });
  const parts: Uint8Array[] = [];
  for await (const part of Body instanceof Uint8Array ? [Body] : Body) parts.push(part);
  return Buffer.concat(parts).toString();
}

test('FastFile: the program sees the objects as files, and cannot change them however it tries', async () => {
  await put(session, 'fast/a.txt', 'original');
  await put(session, 'fast/sub/b.txt', 'below');
  await put(session, 'fast-not/c.txt', 'another folder');
  const script = [
    'cd "$SAGEMAKER_BASE_DIR/input/data/train"',
    'test "$(cat a.txt) $(cat sub/b.txt)" = "original below"',
    'test "$(ls -R | grep -c txt)" = 2',
    'if echo changed > a.txt; then exit 11; fi',
    'if echo changed >> sub/b.txt; then exit 12; fi',
    'if true > "$(readlink -f a.txt)"; then exit 13; fi',
    'rm a.txt',
  ].join('\n');
  const ended = await runJob(session, hostJob('fast', script, [channel('fast', { InputMode: 'FastFile' })]));
  assert.equal(ended.TrainingJobStatus, 'Completed', ended.FailureReason);
  assert.equal(await read('fast/a.txt'), 'original');
  await put(session, 'fast/a.txt', 'replaced');
  assert.equal(await read('fast/a.txt'), 'replaced');
});

test('Pipe: a program of the user streams epoch after epoch, and a failing channel fails the job with its reason', async () => {
  await put(session, 'pipe/1', 'one ');
  await put(session, 'pipe/2', 'two ');
  const script =
    'cd "$SAGEMAKER_BASE_DIR/input/data"; test "$(cat train_0)" = "one two " && test "$(cat train_1)" = "one two "';
  const ended = await runJob(session, hostJob('pipe', script, [channel('pipe/', { InputMode: 'Pipe' })]));
  assert.equal(ended.TrainingJobStatus, 'Completed', ended.FailureReason);
  const broken = await runJob(
    session,
    hostJob('pipe-gzip', script, [channel('pipe/', { InputMode: 'Pipe', CompressionType: 'Gzip' })]),
  );
  assert.match(
    broken.FailureReason ?? '',
    /^ClientError: Data download failed: Channel train: s3:\/\/bad-input\/pipe\/1 is no gzip file/,
  );
});

test('Pipe: an augmented manifest names only what the platform has, wherever else files lie', async () => {
  const job = (name: string, line: string): Promise<CreateTrainingJobRequest> =>
    put(session, `${name}.jsonl`, line).then(() =>
      hostJob(name, 'cat "$SAGEMAKER_BASE_DIR/input/data/train_0" > "$SAGEMAKER_BASE_DIR/model/seen"', [
        channel(`${name}.jsonl`, {
          InputMode: 'Pipe',
          RecordWrapperType: 'RecordIO',
          DataSource: {
            S3DataSource: {
              S3DataType: 'AugmentedManifestFile',
              S3Uri: `s3://${bucket}/${name}.jsonl`,
              AttributeNames: ['source-ref', 'label'],
            },
          },
        }),
      ]),
    );
  const good = await runJob(session, await job('augmented', `{"source-ref":"s3://${bucket}/pipe/1","label":3}`));
  assert.equal(good.TrainingJobStatus, 'Completed', good.FailureReason);
  const escape = await runJob(
    session,
    await job('escape', `{"source-ref":"s3://${bucket}/../../keys.json","label":3}`),
  );
  assert.match(escape.FailureReason ?? '', /Line 1 of the augmented manifest .*NoSuch(Key|Bucket)/);
});

for (const [mode, contentType] of [
  ['Pipe', 'text/csv;label_size=0'],
  ['FastFile', 'text/csv;label_size=0'],
] as const) {
  test(`k-means trains on a ${mode} channel over several epochs as it does on files`, async () => {
    await put(session, 'shards/a.csv', `${goodPoints}\n`);
    await put(session, 'shards/b.csv', `${goodPoints}\n`);
    const name = `kmeans-${mode.toLowerCase()}`;
    const request = kmeansJob(name, { prefix: 'shards/', contentType, hyperparameters: { epochs: '3' } });
    const [train] = request.InputDataConfig ?? [];
    assert.ok(train);
    const both = [
      { ...train, InputMode: mode },
      { ...train, InputMode: mode, ChannelName: 'test' },
    ];
    const ended = await runJob(session, { ...request, InputDataConfig: both });
    assert.equal(ended.TrainingJobStatus, 'Completed', ended.FailureReason);
    assert.equal(ended.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'test:msd')?.Value, 0);
  });
}

test('a folder is uploaded in parts at the same time, goes on where it stopped, and is not sent twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rung-upload-'));
  try {
    const large = randomBytes(40 * 2 ** 20 + 5);
    writeFileSync(join(folder, 'large.bin'), large);
    writeFileSync(join(folder, 'small.txt'), 'small');
    const sent: string[] = [];
    let dying = true;
    const watched = new Session({
      endpoint: platform.description.endpoint,
      region: 'us-east-1',
      credentials: session.connection.credentials,
      defaultBucket: bucket,
    });
    const call = watched.s3.call.bind(watched.s3);
    watched.s3.call = ((operation: string, ...rest: unknown[]) => {
      sent.push(operation);
      const part = (rest[0] as { PartNumber?: number }).PartNumber; // an input of S3's
      if (dying && operation === 'UploadPart' && part === 3) return Promise.reject(new Error('the connection is gone'));
      return (call as (...args: unknown[]) => unknown)(operation, ...rest);
    }) as typeof call;
    await assert.rejects(watched.upload(folder), /the connection is gone/);
    dying = false;
    sent.length = 0;
    const progress: number[] = [];
    const uri = await watched.upload(folder, { onProgress: ({ sent: bytes }) => progress.push(bytes) });
    const parts = sent.filter((operation) => operation === 'UploadPart').length;
    assert.ok(parts < 3, `only what was missing was sent, and not ${parts} parts`);
    assert.equal(progress.at(-1), large.length + 5);
    sent.length = 0;
    assert.equal(await watched.upload(folder), uri);
    assert.deepEqual(new Set(sent), new Set(['HeadObject']), 'nothing was sent again');
    const key = `${uri.slice(`s3://${bucket}/`.length)}large.bin`;
    const { Body = new Uint8Array() } = await session.s3.call('GetObject', { Bucket: bucket, Key: key });
    const hash = createHash('sha256');
    for await (const part of Body instanceof Uint8Array ? [Body] : Body) hash.update(part);
    assert.equal(hash.digest('hex'), createHash('sha256').update(large).digest('hex'));
    utimesSync(join(folder, 'small.txt'), 1, 1);
    assert.notEqual(await watched.upload(folder), uri, 'what was touched has another place');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a platform whose objects lie in another S3 trains from there, streams from there, and refuses FastFile', async () => {
  const { accessKeyId, secretAccessKey } = session.connection.credentials;
  Object.assign(process.env, { UPPER_KEY: accessKeyId, UPPER_SECRET: secretAccessKey });
  const upper = await startPlatform({
    objects: {
      type: 's3',
      endpoint: platform.description.endpoint,
      bucketPrefix: 'upper-',
      credentials: { accessKeyIdFrom: 'UPPER_KEY', secretAccessKeyFrom: 'UPPER_SECRET' },
    },
  });
  try {
    const there = sessionOf(upper);
    await prepareBucket(there);
    const request = kmeansJob('upper', { hyperparameters: { epochs: '2' } });
    const train = request.InputDataConfig?.map((each) => ({ ...each, InputMode: 'Pipe' as const })) ?? [];
    const ended = await runJob(there, { ...request, InputDataConfig: train });
    assert.equal(ended.TrainingJobStatus, 'Completed', ended.FailureReason);
    const { Contents = [] } = await session.s3.call('ListObjectsV2', { Bucket: `upper-${bucket}` });
    assert.ok(Contents.some(({ Key }) => Key?.endsWith('model.tar.gz')));
    const fast = train.map((each) => ({ ...each, InputMode: 'FastFile' as const }));
    await assert.rejects(
      there.sagemaker.call('CreateTrainingJob', { ...request, TrainingJobName: 'no', InputDataConfig: fast }),
      /asks for FastFile mode, and the objects lie in another store .* use Pipe mode to stream them/i,
    );
  } finally {
    await upper.close();
  }
});

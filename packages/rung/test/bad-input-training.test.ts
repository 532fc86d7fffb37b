/** Training jobs that cannot work, through the whole platform: each fails clearly, says what to change, and hurts nothing else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Session, WireError } from '@rung/sdk';
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { bucket, goodPoints, kmeansImage, kmeansJob, prepareBucket, put, runJob, untilEnded } from './kmeans-job.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

let platform: TestPlatform;
let session: Session;
before(async () => {
  platform = await startPlatform({ tlsPort: false, maxConcurrentJobs: 2 });
  session = new Session({ stateDir: platform.description.stateDir });
  await prepareBucket(session);
});
after(() => platform.close());

const recordio = 'application/x-recordio-protobuf';
/** A record that says it is longer than what follows. */
const truncatedRecord = new Uint8Array([0x0a, 0x23, 0xd7, 0xce, 0x40, 0, 0, 0, 1, 2, 3]);

const brokenData: readonly [
  what: string,
  content: string | Uint8Array,
  contentType: string | undefined,
  reason: RegExp,
][] = [
  ['ragged', '1,1\n2,2\n3,3,3\n4,4\n', undefined, /^ClientError: .*train\/data, line 3: 3 fields, expected 2/],
  ['text', '1,1\n2,2\n3,abc\n', undefined, /^ClientError: .*train\/data, line 3, column 2: 'abc' is not a number/],
  [
    'header',
    'height,weight\n1,1\n2,2\n',
    undefined,
    /^ClientError: .*train\/data, line 1, column 1: 'height' is not a number.*header/,
  ],
  ['nan', '1,1\nNaN,2\n', undefined, /^ClientError: .*train\/data, line 2, column 1: 'NaN' is not a finite number/],
  ['hole', '1,1\n2,\n', undefined, /^ClientError: .*train\/data, line 2, column 2: the field is empty/],
  ['empty', '', undefined, /^ClientError: .*no rows/],
  ['recordio', truncatedRecord, recordio, /^ClientError: .*train\/data, offset \d+: the file ends inside a record/],
  ['swapped', goodPoints, recordio, /^ClientError: .*train\/data, offset 0: not a RecordIO record/],
];

test('broken data fails its job with the file, the line and the value, and the next job is not hurt', async () => {
  for (const [what, content] of brokenData) await put(session, `broken/${what}/data`, content);
  const ended = await Promise.all(
    brokenData.map(([what, , contentType]) =>
      runJob(
        session,
        kmeansJob(`broken-${what}`, {
          prefix: `broken/${what}/`,
          ...(contentType === undefined ? {} : { contentType }),
        }),
      ),
    ),
  );
  for (const [index, [what, , , reason]] of brokenData.entries()) {
    const job = ended[index];
    assert.equal(job?.TrainingJobStatus, 'Failed', what);
    assert.match(job?.FailureReason ?? '', reason, what);
    assert.equal(job?.SecondaryStatus, 'Failed', what);
    assert.equal(job?.SecondaryStatusTransitions?.at(-1)?.Status, 'Failed', what);
  }
  const good = await runJob(session, kmeansJob('good-after-broken'));
  assert.equal(good.TrainingJobStatus, 'Completed', good.FailureReason);
  const { Contents = [] } = await session.s3.call('ListObjectsV2', { Bucket: bucket, Prefix: 'models/broken-' });
  assert.deepEqual(Contents, [], 'a job that failed leaves no model');
});

test('the log of a job that failed by its data shows no stack', async () => {
  const group = '/aws/sagemaker/TrainingJobs';
  const { logStreams = [] } = await session.logs.call('DescribeLogStreams', {
    logGroupName: group,
    logStreamNamePrefix: 'broken-',
  });
  assert.equal(logStreams.length, brokenData.length);
  for (const { logStreamName = '' } of logStreams) {
    const { events = [] } = await session.logs.call('GetLogEvents', {
      logGroupName: group,
      logStreamName,
      startFromHead: true,
    });
    assert.ok(events.length > 0, logStreamName);
    assert.deepEqual(
      events.filter(({ message = '' }) => /^\s+at /.test(message)),
      [],
      logStreamName,
    );
  }
});

const impossible: readonly [what: string, request: CreateTrainingJobRequest, said: RegExp][] = [
  [
    'a key that does not exist',
    kmeansJob('no-key', { prefix: 'nothing/here/' }),
    /No S3 objects found under S3 URL "s3:\/\/bad-input\/nothing\/here\/"/,
  ],
  [
    'a bucket that does not exist',
    kmeansJob('no-bucket', { prefix: 's3://no-such-bucket/x' }),
    /"s3:\/\/no-such-bucket\/x".*ensure that the bucket exists/,
  ],
  [
    'an output bucket that does not exist',
    { ...kmeansJob('no-output'), OutputDataConfig: { S3OutputPath: 's3://no-such-output/x' } },
    /bucket "no-such-output" of OutputDataConfig\.S3OutputPath does not exist/,
  ],
  ['a channel that is missing', kmeansJob('no-channel', { channel: 'test' }), /kmeans needs channel 'train'/],
  [
    'a channel that nobody knows',
    kmeansJob('odd-channel', { channel: 'tset' }),
    /'tset' was unexpected.*channels of kmeans are: train, test/,
  ],
];

for (const [what, request, said] of impossible) {
  test(`${what} is refused at Create, by name, and no job is made`, async () => {
    const { TrainingJobName } = request;
    await assert.rejects(session.sagemaker.call('CreateTrainingJob', request), refusal('ValidationException', said));
    await assert.rejects(session.sagemaker.call('DescribeTrainingJob', { TrainingJobName }), /not found/);
  });
}

test('data, or an output bucket, that goes away while a job waits fails the job by name', async () => {
  const blockers = ['blocker-1', 'blocker-2'];
  for (const name of blockers) await session.sagemaker.call('CreateTrainingJob', { ...kmeansJob(name), ...sleeper });
  await put(session, 'going/points.csv', goodPoints);
  await session.s3.call('CreateBucket', { Bucket: 'going-output' });
  await session.sagemaker.call('CreateTrainingJob', kmeansJob('lost-data', { prefix: 'going/' }));
  const toGoing = { OutputDataConfig: { S3OutputPath: 's3://going-output/x' } };
  await session.sagemaker.call('CreateTrainingJob', { ...kmeansJob('lost-output'), ...toGoing });
  await session.s3.call('DeleteObject', { Bucket: bucket, Key: 'going/points.csv' });
  await session.s3.call('DeleteBucket', { Bucket: 'going-output' });
  for (const name of blockers) await session.sagemaker.call('StopTrainingJob', { TrainingJobName: name });

  const data = await untilEnded(session, 'lost-data');
  assert.equal(data.TrainingJobStatus, 'Failed');
  assert.match(
    data.FailureReason ?? '',
    /^ClientError: Data download failed: No S3 objects found under S3 URL "s3:\/\/bad-input\/going\/".*train/,
  );
  const output = await untilEnded(session, 'lost-output');
  assert.equal(output.TrainingJobStatus, 'Failed');
  assert.match(output.FailureReason ?? '', /^ClientError: Artifact upload failed: .*going-output/);
  for (const name of blockers) assert.equal((await untilEnded(session, name)).TrainingJobStatus, 'Stopped');
});

/** Takes a slot until it is stopped. */
const sleeper = {
  AlgorithmSpecification: {
    TrainingImage: 'rung/host',
    TrainingInputMode: 'File',
    ContainerEntrypoint: ['sleep', '60'],
  },
  HyperParameters: {},
} as const;

const badHyperparameters: readonly [given: Record<string, string>, said: RegExp][] = [
  [{ k: 'two' }, /\bk\b.*two|two.*\bk\b/s],
  [{ k: '0' }, /\bk\b/],
  [{ k: '-1' }, /\bk\b/],
  [{ k: '2.5' }, /\bk\b/],
  [{ k: '' }, /\bk\b/],
  [{ mini_batch_size: '1e99' }, /mini_batch_size/],
  [{ init_method: 'magic' }, /init_method.*magic|magic.*init_method/s],
  [{ kk: '2' }, /\bkk\b/],
  [{ feature_dim: 'NaN' }, /feature_dim/],
];

test('a hyperparameter with a wrong name, value or range is refused at Create, by name', async () => {
  for (const [given, said] of badHyperparameters) {
    await assert.rejects(
      session.sagemaker.call('CreateTrainingJob', kmeansJob('bad-hyperparameters', { hyperparameters: given })),
      refusal('ValidationException', said),
    );
  }
  await assert.rejects(
    session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: 'bad-hyperparameters' }),
    /not found/,
  );
});

test('a name that is taken is refused, whoever of many is first, and the first job is as it was', async () => {
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      session.sagemaker.call('CreateTrainingJob', { ...kmeansJob('taken'), Environment: { WHO: String(index) } }),
    ),
  );
  assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const each of tries) {
    if (each.status === 'fulfilled') continue;
    assert.ok(each.reason instanceof WireError);
    assert.equal(each.reason.code, 'ResourceInUse');
    assert.match(each.reason.message, /already exists/);
  }
  const first = tries.findIndex(({ status }) => status === 'fulfilled');
  const job = await untilEnded(session, 'taken');
  assert.equal(job.Environment?.['WHO'], String(first));
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
});

test('stopping a job that has ended is refused and changes nothing', async () => {
  const before_ = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: 'taken' });
  await assert.rejects(
    session.sagemaker.call('StopTrainingJob', { TrainingJobName: 'taken' }),
    refusal('ValidationException', /Completed/),
  );
  assert.deepEqual(await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: 'taken' }), before_);
  await assert.rejects(session.sagemaker.call('StopTrainingJob', { TrainingJobName: 'never-was' }), /not found/);
});

test('an image or an algorithm that does not exist is refused at Create, with what there is', async () => {
  const request = kmeansJob('no-image');
  const images = {
    'my-registry/my-image:1': /container|rung\/host/,
    [kmeansImage.replace('kmeans', 'seq2seq')]: /seq2seq.*kmeans/,
  };
  for (const [image, said] of Object.entries(images)) {
    const wrong = { ...request, AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' as const } };
    await assert.rejects(session.sagemaker.call('CreateTrainingJob', wrong), said);
  }
});

function refusal(code: string, said: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WireError);
    assert.equal(error.status, 400);
    assert.equal(error.code, code);
    assert.match(error.message, said);
    return true;
  };
}

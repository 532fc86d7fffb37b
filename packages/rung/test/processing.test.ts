/** Processing jobs through `@aws-sdk/client-sagemaker`, unchanged: real programs, on real data, as the container contract has it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AddTagsCommand,
  CreateProcessingJobCommand,
  type CreateProcessingJobCommandInput,
  DeleteProcessingJobCommand,
  DescribeProcessingJobCommand,
  type DescribeProcessingJobCommandOutput,
  ListTagsCommand,
  type ProcessingInput,
  type ProcessingOutput,
  SageMakerClient,
  StopProcessingJobCommand,
  paginateListProcessingJobs,
  waitUntilProcessingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { gzipSync } from 'node:zlib';
import { Session } from '@rung/sdk';
import { startPlatform, type TestPlatform } from './start-platform.ts';

let platform: TestPlatform;
let sagemaker: SageMakerClient;
let s3: S3Client;

before(async () => {
  platform = await startPlatform({ tlsPort: false });
  s3 = new S3Client(platform.clientSettings);
  sagemaker = new SageMakerClient(platform.clientSettings);
  await s3.send(new CreateBucketCommand({ Bucket: 'lab' }));
  for (const part of ['a', 'b', 'c']) await put(`raw/${part}.csv`, `${part}\n`);
  await put('zipped/rows.csv.gz', gzipSync('zipped rows\n'));
});
after(() => platform.close());

async function put(key: string, body: string | Uint8Array): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: 'lab', Key: key, Body: body }));
}

async function get(key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'lab', Key: key }));
  return (await Body?.transformToString()) ?? '';
}

async function keys(prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'lab', Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

function input(name: string, key: string, more: Partial<ProcessingInput['S3Input']> = {}): ProcessingInput {
  const S3Input = {
    S3Uri: `s3://lab/${key}`,
    LocalPath: `/opt/ml/processing/input/${name}`,
    S3DataType: 'S3Prefix',
  } as const;
  return { InputName: name, S3Input: { ...S3Input, ...more } };
}

function output(name: string, S3UploadMode: 'EndOfJob' | 'Continuous' = 'EndOfJob'): ProcessingOutput {
  return {
    OutputName: name,
    S3Output: { S3Uri: `s3://lab/out/${name}`, LocalPath: `/opt/ml/processing/${name}`, S3UploadMode },
  };
}

/** Starts a job whose program is a few lines of shell, in its base folder. */
async function start(
  name: string,
  script: string,
  more: Partial<CreateProcessingJobCommandInput> = {},
): Promise<string> {
  await put(`code/${name}/run.sh`, `cd "$SAGEMAKER_BASE_DIR"\n${script}\n`);
  const command = new CreateProcessingJobCommand({
    ProcessingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/SageMakerRole',
    AppSpecification: {
      ImageUri: 'rung/host',
      ContainerEntrypoint: ['sh', '-e', '/opt/ml/processing/input/code/run.sh'],
    },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
    ...more,
    ProcessingInputs: [...(more.ProcessingInputs ?? []), input('code', `code/${name}/`)],
  });
  return (await sagemaker.send(command)).ProcessingJobArn ?? '';
}

async function described(name: string): Promise<DescribeProcessingJobCommandOutput> {
  return sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));
}

async function ended(name: string): Promise<DescribeProcessingJobCommandOutput> {
  for (let look = 0; look < 400; look += 1) {
    const found = await described(name);
    if (!['InProgress', 'Stopping'].includes(found.ProcessingJobStatus ?? '')) return found;
    await sleep(50);
  }
  throw new Error(`${name} has not ended`);
}

test('a job reads its inputs and its configuration, and its outputs are stored as plain objects', async () => {
  const script = [
    'cat processing/input/raw/*.csv > processing/clean/all.csv',
    'mkdir processing/clean/deep; cp processing/input/zipped/rows.csv processing/clean/deep/',
    'cp config/*.json processing/clean/',
    'echo "$PROCESSING_JOB_NAME $PROCESSING_JOB_ARN $COLOUR" > processing/clean/environment',
    'echo "3 rows" > output/message',
    'echo done',
  ].join('; ');
  const arn = await start('whole', script, {
    ProcessingInputs: [input('raw', 'raw'), input('zipped', 'zipped/', { S3CompressionType: 'Gzip' })],
    ProcessingOutputConfig: { Outputs: [output('clean')] },
    Environment: { COLOUR: 'red' },
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  await waitUntilProcessingJobCompletedOrStopped(
    { client: sagemaker, minDelay: 1, maxDelay: 1, maxWaitTime: 30 },
    { ProcessingJobName: 'whole' },
  );
  const found = await described('whole');
  assert.equal(found.ProcessingJobStatus, 'Completed', found.FailureReason);
  assert.equal(found.ExitMessage, '3 rows');
  assert.ok(found.ProcessingStartTime instanceof Date && found.ProcessingEndTime instanceof Date);
  assert.equal(await get('out/clean/all.csv'), 'a\nb\nc\n');
  assert.equal(await get('out/clean/deep/rows.csv'), 'zipped rows\n');
  assert.equal(await get('out/clean/environment'), `whole ${arn} red\n`);
  assert.deepEqual(JSON.parse(await get('out/clean/resourceconfig.json')), {
    current_host: 'algo-1',
    hosts: ['algo-1'],
  });
  const told = JSON.parse(await get('out/clean/processingjobconfig.json')) as Record<string, unknown>;
  assert.equal(told['ProcessingJobArn'], arn);
  assert.deepEqual(told['Environment'], { COLOUR: 'red' });

  await sagemaker.send(new AddTagsCommand({ ResourceArn: arn, Tags: [{ Key: 'done', Value: 'yes' }] }));
  const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn: arn }));
  assert.deepEqual(
    Tags.map(({ Key }) => Key),
    ['done', 'team'],
  );
  const session = new Session({ stateDir: platform.description.stateDir });
  const { events = [] } = await session.logs.call('GetLogEvents', {
    logGroupName: '/aws/sagemaker/ProcessingJobs',
    logStreamName: await streamOf(session, 'whole'),
    startFromHead: true,
  });
  assert.equal(events.at(-1)?.message, 'done');
});

async function streamOf(session: Session, name: string): Promise<string> {
  const { logStreams = [] } = await session.logs.call('DescribeLogStreams', {
    logGroupName: '/aws/sagemaker/ProcessingJobs',
    logStreamNamePrefix: `${name}/`,
  });
  return logStreams[0]?.logStreamName ?? '';
}

test('two hosts share the objects out, know each other, and store what both left', async () => {
  const script = [
    'ls processing/input/raw > processing/shares/$CURRENT_HOST',
    'cat config/resourceconfig.json >> processing/shares/$CURRENT_HOST',
  ].join('\n');
  await start('pair', script, {
    ProcessingInputs: [input('raw', 'raw', { S3DataDistributionType: 'ShardedByS3Key' })],
    ProcessingOutputConfig: { Outputs: [output('shares')] },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 } },
  });
  const found = await ended('pair');
  assert.equal(found.ProcessingJobStatus, 'Completed', found.FailureReason);
  assert.equal(await get('out/shares/algo-1'), 'a.csv\nc.csv\n{"current_host":"algo-1","hosts":["algo-1","algo-2"]}');
  assert.equal(await get('out/shares/algo-2'), 'b.csv\n{"current_host":"algo-2","hosts":["algo-1","algo-2"]}');
});

test('continuous outputs are stored while the program runs, and kept though it fails', async () => {
  await start('stream', 'echo first > processing/live/first; exec sleep 60', {
    ProcessingOutputConfig: { Outputs: [output('live', 'Continuous'), output('late')] },
  });
  for (let look = 0; look < 300 && (await keys('out/live/')).length === 0; look += 1) await sleep(50);
  assert.deepEqual(await keys('out/live/'), ['out/live/first']);
  assert.equal((await described('stream')).ProcessingJobStatus, 'InProgress');
  await sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: 'stream' }));
  assert.equal((await ended('stream')).ProcessingJobStatus, 'Stopped');

  await start(
    'broken',
    'echo half > processing/live/half; echo half > processing/late/half; echo "no rows" >&2; exit 7',
    {
      ProcessingOutputConfig: { Outputs: [output('live', 'Continuous'), output('late')] },
    },
  );
  const broken = await ended('broken');
  assert.equal(broken.ProcessingJobStatus, 'Failed');
  assert.equal(broken.FailureReason, 'AlgorithmError: no rows, exit code: 7');
  assert.deepEqual(await keys('out/live/'), ['out/live/first', 'out/live/half']);
  assert.deepEqual(await keys('out/late/'), []);
});

test('a job over its limit is stopped; what the program says in its last words is shown', async () => {
  await start('slow', 'trap "echo stopped early > output/message; exit 0" TERM; while :; do sleep 0.05; done', {
    StoppingCondition: { MaxRuntimeInSeconds: 1 },
  });
  const found = await ended('slow');
  assert.equal(found.ProcessingJobStatus, 'Stopped');
  assert.equal(found.ExitMessage, 'stopped early');
  assert.equal(found.FailureReason, undefined);
});

test('jobs are listed, and deleted once they have ended', async () => {
  await start('listed', 'true');
  await ended('listed');
  const names: (string | undefined)[] = [];
  for await (const page of paginateListProcessingJobs({ client: sagemaker, pageSize: 1 }, { NameContains: 'listed' }))
    names.push(...(page.ProcessingJobSummaries ?? []).map(({ ProcessingJobName }) => ProcessingJobName));
  assert.deepEqual(names, ['listed']);
  await sagemaker.send(new DeleteProcessingJobCommand({ ProcessingJobName: 'listed' }));
  await assert.rejects(described('listed'), /Could not find requested job/);
});

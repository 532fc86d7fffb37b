import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateProcessingJobRequest, ProcessingInput, ProcessingOutput } from '@rung/wire/types/sagemaker';
import { processingFixture } from '../../../controllers/processing-jobs/testing/processing-fixture.ts';

function input(S3Input: Partial<NonNullable<ProcessingInput['S3Input']>>, more: object = {}): ProcessingInput {
  const whole = { S3Uri: 's3://data/raw', LocalPath: '/opt/ml/processing/x', S3DataType: 'S3Prefix' } as const;
  return { InputName: 'x', S3Input: { ...whole, ...S3Input }, ...more };
}

function output(S3Output: Partial<NonNullable<ProcessingOutput['S3Output']>>): ProcessingOutput {
  const whole = { S3Uri: 's3://data/out', LocalPath: '/opt/ml/processing/y', S3UploadMode: 'EndOfJob' } as const;
  return { OutputName: 'y', S3Output: { ...whole, ...S3Output } };
}

const paths = [
  '/opt/ml/processing',
  '/opt/ml/model',
  '/tmp/x',
  'processing/x',
  '/opt/ml/processing/../../etc',
  '/',
  '',
];
const framework = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3';

const refused: readonly (readonly [request: Partial<CreateProcessingJobRequest>, reason: RegExp])[] = [
  ...paths.map(
    (LocalPath) => [{ ProcessingInputs: [input({ LocalPath })] }, /Input "x": LocalPath is ".*", but must be/] as const,
  ),
  ...paths.map(
    (LocalPath) =>
      [
        { ProcessingOutputConfig: { Outputs: [output({ LocalPath })] } },
        /Output "y": LocalPath is ".*", but must be a folder below \/opt\/ml\/processing/,
      ] as const,
  ),
  [{ ProcessingInputs: [input({ S3Uri: 'https://data/raw' })] }, /Input "x": S3Uri is "https/],
  [{ ProcessingInputs: [input({}), input({})] }, /has "x" more than once/],
  [{ ProcessingInputs: [{ InputName: 'x' }] }, /Input "x": S3Input is required/],
  [{ ProcessingInputs: [{ InputName: 'x', DatasetDefinition: {} }] }, /DatasetDefinition \(Athena, Redshift\) is not/],
  [
    { ProcessingInputs: [input({ S3Uri: 's3://data/nothing' })] },
    /No S3 objects found under S3 URL "s3:\/\/data\/noth/,
  ],
  [{ ProcessingInputs: [input({ S3Uri: 's3://nowhere/raw' })] }, /No S3 objects found under S3 URL "s3:\/\/nowhere\//],
  [{ ProcessingInputs: [input({ S3DataType: 'ManifestFile' })] }, /No S3 objects found/],
  [{ ProcessingOutputConfig: { Outputs: [output({ S3Uri: 's3://nowhere/x' })] } }, /bucket "nowhere" of the S3Uri of/],
  [{ ProcessingOutputConfig: { Outputs: [output({}), output({})] } }, /has "y" more than once/],
  [
    { ProcessingOutputConfig: { Outputs: [{ OutputName: 'y', FeatureStoreOutput: { FeatureGroupName: 'g' } }] } },
    /FeatureStoreOutput is not implemented/,
  ],
  [{ AppSpecification: { ImageUri: 'rung/host' } }, /rung\/host runs a program of this machine and needs/],
  [{ AppSpecification: { ImageUri: framework } }, /ContainerEntrypoint is required with the image of a framework/],
  [{ AppSpecification: { ImageUri: 'kmeans:1' } }, /Built-in algorithm kmeans does no processing/],
  [{ AppSpecification: { ImageUri: 'sagemaker-chainer:5', ContainerEntrypoint: ['x'] } }, /no longer maintained/],
  [
    {
      NetworkConfig: { EnableNetworkIsolation: true },
      AppSpecification: { ImageUri: 'rung/host', ContainerEntrypoint: ['true'] },
    },
    /cannot isolate a program from the network/,
  ],
];

test('what cannot run is refused with its reason, and nothing is remembered of it', async (t) => {
  const jobs = await processingFixture(t);
  for (const [request, reason] of refused) {
    await assert.rejects(jobs.create('bad', request), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'ValidationException');
      assert.match(error.message, reason);
      return true;
    });
    assert.equal(await jobs.resources.store.get('processing-job', 'bad'), undefined);
  }
});

test('what the application manages itself is not looked at', async (t) => {
  const jobs = await processingFixture(t);
  await jobs.create('managed', {
    ProcessingInputs: [
      { InputName: 'x', AppManaged: true, S3Input: { S3Uri: 's3://nowhere/x', S3DataType: 'S3Prefix' } },
    ],
  });
  assert.equal((await jobs.describe('managed')).ProcessingJobStatus, 'InProgress');
});

test('a name is taken once, and described as it was asked for', async (t) => {
  const jobs = await processingFixture(t);
  const arn = await jobs.create('clean', { Tags: [{ Key: 'team', Value: 'a' }] });
  await assert.rejects(jobs.create('clean'), { code: 'ResourceInUse', message: /a processing job with this name/ });
  assert.deepEqual(await jobs.resources.store.tags.get(arn), { team: 'a' });
  const job = await jobs.describe('clean');
  assert.equal(job.ProcessingJobArn, arn);
  assert.deepEqual(job.AppSpecification, { ImageUri: 'rung/host', ContainerEntrypoint: ['true'] });
  assert.ok(!('Tags' in job));
});

test('jobs that are not there cannot be described, stopped or deleted; those that run cannot be deleted', async (t) => {
  const jobs = await processingFixture(t);
  await assert.rejects(jobs.describe('none'), /Could not find requested job\./);
  await assert.rejects(jobs.stop('none'), /Could not find requested job\./);
  await assert.rejects(jobs.remove('none'), /Could not find requested job\./);
  await jobs.create('clean');
  await assert.rejects(jobs.remove('clean'), /in status InProgress\. Stop it and wait/);
  await jobs.stop('clean');
  await jobs.stop('clean');
  await jobs.control();
  await jobs.reaches('clean', 'Stopped');
  await assert.rejects(jobs.stop('clean'), /the processing job is in status Stopped/);
  await jobs.remove('clean');
  await assert.rejects(jobs.describe('clean'), /Could not find requested job\./);
});

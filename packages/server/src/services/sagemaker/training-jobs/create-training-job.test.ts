import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WireError } from '@rung/wire';
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { trainingFixture, validRequest } from '../../../controllers/training-jobs/testing/training-fixture.ts';

const channel = validRequest('x').InputDataConfig?.[0];
assert.ok(channel !== undefined);
const own = validRequest('x').AlgorithmSpecification;
assert.ok(own !== undefined);
const kmeans = {
  TrainingImage: '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1',
  TrainingInputMode: 'File',
} as const;

function s3(uri: string, more: object = {}): NonNullable<CreateTrainingJobRequest['InputDataConfig']>[number] {
  return { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri } }, ...more };
}

async function refusal(t: TestContext, request: Partial<CreateTrainingJobRequest>, config = {}): Promise<string> {
  const jobs = await trainingFixture(t, config);
  let message = '';
  await assert.rejects(jobs.create('refused', request), (error: unknown) => {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(error.code, 'ValidationException');
    message = error.message;
    return true;
  });
  assert.equal(await jobs.resources.store.get('training-job', 'refused'), undefined, 'nothing is remembered');
  return message;
}

const refused: readonly { title: string; request: Partial<CreateTrainingJobRequest>; says: RegExp }[] = [
  { title: 'no algorithm', request: { AlgorithmSpecification: undefined }, says: /AlgorithmSpecification is required/ },
  {
    title: 'neither image nor algorithm',
    request: { AlgorithmSpecification: { TrainingInputMode: 'File' } },
    says: /needs TrainingImage/,
  },
  {
    title: 'an algorithm resource',
    request: { AlgorithmSpecification: { TrainingInputMode: 'File', AlgorithmName: 'mine' } },
    says: /algorithm resources are not implemented/,
  },
  {
    title: 'a built-in algorithm that does not exist yet',
    request: { AlgorithmSpecification: { ...kmeans, TrainingImage: 'seq2seq:1' } },
    says: /seq2seq is not implemented yet\. These are: .*kmeans/,
  },
  {
    title: 'rung/host without an entry point',
    request: { AlgorithmSpecification: { ...own, ContainerEntrypoint: undefined } },
    says: /needs ContainerEntrypoint/,
  },
  {
    title: 'no instance type',
    request: { ResourceConfig: undefined },
    says: /ResourceConfig\.InstanceType is required/,
  },
  {
    title: 'instance groups beside an instance type',
    request: {
      ResourceConfig: {
        VolumeSizeInGB: 1,
        InstanceType: 'ml.m5.large',
        InstanceGroups: [{ InstanceCount: 1, InstanceGroupName: 'a', InstanceType: 'ml.m5.large' }],
      },
    },
    says: /InstanceGroups, and InstanceType or InstanceCount: give one or the other/,
  },
  {
    title: 'a channel for an instance group that is not there',
    request: {
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: {
            S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train', InstanceGroupNames: ['b'] },
          },
        },
      ],
    },
    says: /InstanceGroupNames has "b", but ResourceConfig has no InstanceGroups/,
  },
  {
    title: 'a warm pool of spot instances',
    request: {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 10, MaxWaitTimeInSeconds: 20 },
      ResourceConfig: {
        InstanceType: 'ml.m5.large',
        InstanceCount: 1,
        VolumeSizeInGB: 1,
        KeepAlivePeriodInSeconds: 60,
      },
    },
    says: /Warm pools are not for Spot instances/,
  },
  {
    title: 'an output path that is no S3 URI',
    request: { OutputDataConfig: { S3OutputPath: 'https://data/x' } },
    says: /S3OutputPath is "https:\/\/data\/x", but must be s3:/,
  },
  {
    title: 'an output bucket that does not exist',
    request: { OutputDataConfig: { S3OutputPath: 's3://nowhere/x' } },
    says: /bucket "nowhere" of OutputDataConfig\.S3OutputPath does not exist\. Create it/,
  },
  {
    title: 'an input bucket that does not exist',
    request: { InputDataConfig: [s3('s3://nowhere/train')] },
    says: /^No S3 objects found under S3 URL "s3:\/\/nowhere\/train" given in input data source\. Please ensure that the bucket exists in the selected region \(us-east-1\), that objects exist under that S3 prefix/,
  },
  {
    title: 'a prefix without objects',
    request: { InputDataConfig: [s3('s3://data/nothing')] },
    says: /No S3 objects found under S3 URL "s3:\/\/data\/nothing"/,
  },
  {
    title: 'a manifest that is only a prefix of a key',
    request: {
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://data/train' } },
        },
      ],
    },
    says: /No S3 objects found/,
  },
  {
    title: 'two channels of one name',
    request: { InputDataConfig: [channel, channel] },
    says: /channel "train" more than once: channel names must be unique/,
  },
  {
    title: 'a file system',
    request: {
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: 'fs-12345678901',
              FileSystemAccessMode: 'ro',
              FileSystemType: 'EFS',
              DirectoryPath: '/d',
            },
          },
        },
      ],
    },
    says: /Channel "train": FileSystemDataSource is not implemented/,
  },
  {
    title: 'FastFile mode with a manifest',
    request: {
      AlgorithmSpecification: { ...own, TrainingInputMode: 'FastFile' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://data/train/' } },
        },
      ],
    },
    says: /Channel "train": FastFile mode reads S3Prefix only, not ManifestFile\. Use File or Pipe/,
  },
  {
    title: 'FastFile mode with gzip',
    request: { InputDataConfig: [s3('s3://data/train/', { InputMode: 'FastFile', CompressionType: 'Gzip' })] },
    says: /FastFile mode gives objects as they are: CompressionType Gzip needs File or Pipe/,
  },
  {
    title: 'FastFile mode on a prefix that ends within a name',
    request: { InputDataConfig: [s3('s3://data/tra', { InputMode: 'FastFile' })] },
    says: /No S3 objects found under S3 URL "s3:\/\/data\/tra".* FastFile mode reads whole folders/,
  },
  {
    title: 'an augmented manifest without what it needs',
    request: {
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: { S3DataSource: { S3DataType: 'AugmentedManifestFile', S3Uri: 's3://data/train/' } },
        },
      ],
    },
    says: /read in Pipe mode only, and the mode is File\..* needs RecordWrapperType RecordIO.* needs AttributeNames/,
  },
  {
    title: 'attributes without an augmented manifest',
    request: {
      InputDataConfig: [
        {
          ChannelName: 'train',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train/', AttributeNames: ['a'] } },
        },
      ],
    },
    says: /AttributeNames are for S3DataType AugmentedManifestFile, and it is S3Prefix/,
  },
  {
    title: 'RecordIO wrapping for an algorithm that reads records itself',
    request: {
      AlgorithmSpecification: kmeans,
      InputDataConfig: [s3('s3://data/train/', { InputMode: 'Pipe', RecordWrapperType: 'RecordIO' })],
    },
    says: /RecordIO, which makes each object one record; this algorithm reads the records within/,
  },
  {
    title: 'RecordIO wrapping',
    request: { InputDataConfig: [{ ...channel, RecordWrapperType: 'RecordIO' }] },
    says: /RecordWrapperType RecordIO/,
  },
  {
    title: 'spot without MaxWaitTime',
    request: { EnableManagedSpotTraining: true },
    says: /^Invalid MaxWaitTimeInSeconds\. It must be present and be greater than or equal to MaxRuntimeInSeconds\.$/,
  },
  {
    title: 'spot with a MaxWaitTime that is too short',
    request: {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 100, MaxWaitTimeInSeconds: 99 },
    },
    says: /Invalid MaxWaitTimeInSeconds/,
  },
  {
    title: 'MaxWaitTime without spot',
    request: { StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 9 } },
    says: /only for EnableManagedSpotTraining/,
  },
  {
    title: 'a metric that is no regular expression',
    request: { AlgorithmSpecification: { ...own, MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(' }] } },
    says: /The Regex of metric "loss" is not valid/,
  },
  {
    title: 'two metrics of one name',
    request: {
      AlgorithmSpecification: {
        ...own,
        MetricDefinitions: [
          { Name: 'loss', Regex: 'a(.*)' },
          { Name: 'loss', Regex: 'b(.*)' },
        ],
      },
    },
    says: /MetricDefinitions has "loss" more than once/,
  },
  {
    title: 'network isolation that the engine lacks',
    request: { EnableNetworkIsolation: true },
    says: /the fake engine cannot isolate a program from the network/,
  },
  {
    title: 'checkpoints outside /opt/ml',
    request: { CheckpointConfig: { S3Uri: 's3://data/cp', LocalPath: '/home/me' } },
    says: /only folders below \/opt\/ml are kept/,
  },
  {
    title: 'a k-means job without its channel',
    request: { AlgorithmSpecification: kmeans, InputDataConfig: [] },
    says: /ClientError: Algorithm kmeans needs channel 'train'/,
  },
  {
    title: 'a channel that k-means does not know',
    request: { AlgorithmSpecification: kmeans, InputDataConfig: [channel, { ...channel, ChannelName: 'extra' }] },
    says: /Additional channels are not allowed \('extra' was unexpected\)/,
  },
  {
    title: 'a content type that k-means does not read',
    request: { AlgorithmSpecification: kmeans, InputDataConfig: [{ ...channel, ContentType: 'image/png' }] },
    says: /Content type "image\/png" of channel 'train' is not supported\. Use one of: .*text\/csv/,
  },
  {
    title: 'a hyperparameter that k-means does not have',
    request: { AlgorithmSpecification: kmeans, HyperParameters: { k: '3', feature_dim: '2', kk: '1' } },
    says: /ClientError: .*Additional properties are not allowed \('kk' was unexpected\)/,
  },
  {
    title: 'a hyperparameter out of its range',
    request: { AlgorithmSpecification: kmeans, HyperParameters: { k: '0', feature_dim: '2' } },
    says: /ClientError: .*'0' is not valid under any of the given schemas/,
  },
  {
    title: 'a missing hyperparameter',
    request: { AlgorithmSpecification: kmeans, HyperParameters: { feature_dim: '2' } },
    says: /'k' is a required property/,
  },
];

for (const { title, request, says } of refused) {
  test(`refused at Create: ${title}`, async (t) => assert.match(await refusal(t, request), says));
}

test('every reason is told at once', async (t) => {
  const message = await refusal(t, {
    ResourceConfig: undefined,
    StoppingCondition: { MaxWaitTimeInSeconds: 5 },
    EnableManagedSpotTraining: true,
  });
  assert.match(message, /InstanceType is required/);
  assert.match(message, /Invalid MaxWaitTimeInSeconds/);
});

test('a GPU that the machine lacks is refused under strict and told in the log otherwise', async (t) => {
  const ResourceConfig = { InstanceType: 'ml.p3.2xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } as const;
  assert.match(
    await refusal(t, { ResourceConfig }, { strict: true }),
    /ml\.p3\.2xlarge has GPUs and the fake engine offers 0/,
  );
  const jobs = await trainingFixture(t);
  await jobs.control();
  await jobs.create('churn', { ResourceConfig });
  const workload = jobs.engine.workload(await jobs.started('churn'));
  assert.match(workload?.notices.join() ?? '', /ml\.p3\.2xlarge has 1 GPU/);
});

test('what the engine refuses is refused at Create, with its remedy', async (t) => {
  const jobs = await trainingFixture(t);
  jobs.engine.refusal = { reason: 'no containers here', remedy: 'use the container engine' };
  await assert.rejects(jobs.create('churn'), {
    code: 'ValidationException',
    message: 'No containers here. Use the container engine.',
  });
});

test('a name that is taken is ResourceInUse, and the first job stays as it is', async (t) => {
  const jobs = await trainingFixture(t);
  const arn = await jobs.create('churn');
  const message = `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`;
  await assert.rejects(jobs.create('churn'), { code: 'ResourceInUse', message });
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => jobs.create('other')));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1, 'of five at once one wins');
});

test('a k-means job as the SDK sends it is accepted and described as it was asked', async (t) => {
  const jobs = await trainingFixture(t);
  const request: Partial<CreateTrainingJobRequest> = {
    AlgorithmSpecification: kmeans,
    HyperParameters: { k: '2', feature_dim: '2', force_dense: 'True' },
    InputDataConfig: [s3('s3://data/train', { ContentType: 'text/csv;label_size=0' })],
    DebugHookConfig: { S3OutputPath: 's3://data/', CollectionConfigurations: [] },
    ProfilerConfig: { S3OutputPath: 's3://data/', DisableProfiler: false },
    Tags: [{ Key: 'team', Value: 'blue' }],
  };
  const arn = await jobs.create('churn', request);
  assert.equal(arn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/churn');
  assert.deepEqual(await jobs.resources.store.tags.get(arn), { team: 'blue' });
  const job = await jobs.describe('churn');
  assert.deepEqual(job.DebugHookConfig, request.DebugHookConfig);
  assert.deepEqual(job.ProfilerConfig, request.ProfilerConfig);
  assert.deepEqual(job.HyperParameters, request.HyperParameters);
  assert.deepEqual(job.OutputDataConfig, { S3OutputPath: 's3://data/models', KmsKeyId: '' });
  assert.equal(job.SecondaryStatusTransitions?.[0]?.StatusMessage, 'Starting the training job');
  assert.ok(job.LastModifiedTime instanceof Date && job.CreationTime instanceof Date);
  assert.ok(!('Tags' in job));
});

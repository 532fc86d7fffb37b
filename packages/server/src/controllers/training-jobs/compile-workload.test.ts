import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeEngine } from '../../engines/testing/fake-engine.ts';
import { compileTrainingWorkload } from './compile-workload.ts';
import { instanceGroups } from './instance-groups.ts';
import type { TrainingWorkloadParts } from './workload-parts.ts';

const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn';

function compile(request: Partial<TrainingWorkloadParts['request']> = {}, parts: Partial<TrainingWorkloadParts> = {}) {
  const whole: TrainingWorkloadParts['request'] = {
    TrainingJobName: 'churn',
    RoleArn: 'arn:aws:iam::111122223333:role/r',
    OutputDataConfig: { S3OutputPath: 's3://out/models/' },
    AlgorithmSpecification: { TrainingImage: 'kmeans:1', TrainingInputMode: 'File' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    ...request,
  };
  const groups = instanceGroups(whole.ResourceConfig);
  assert.ok(typeof groups !== 'string');
  return compileTrainingWorkload({
    request: whole,
    arn,
    createdAt: new Date(1_700_000_000_500),
    attempt: 1,
    program: { type: 'algorithm', name: 'kmeans', action: 'train' },
    builtInMetrics: [],
    groups,
    capabilities: new FakeEngine().capabilities,
    ...parts,
  });
}

function file(workload: ReturnType<typeof compile>, name: string): unknown {
  return JSON.parse(workload.files[`input/config/${name}.json`] ?? 'null');
}

test('the id names the job and the attempt, so starting twice is starting once', () => {
  assert.equal(compile().id, 'training-job/churn/1');
  assert.equal(compile({}, { attempt: 3 }).id, 'training-job/churn/3');
  assert.deepEqual(compile(), compile());
});

test('the model and the outputs are stored where SageMaker stores them', () => {
  const outputs = compile().outputs.map(({ path, uri, archive, skipEmpty }) => ({ path, uri, archive, skipEmpty }));
  assert.deepEqual(outputs, [
    { path: 'model', uri: 's3://out/models/churn/output/model.tar.gz', archive: 'tar.gz', skipEmpty: false },
    { path: 'output/data', uri: 's3://out/models/churn/output/output.tar.gz', archive: 'tar.gz', skipEmpty: true },
  ]);
  const loose = compile({ OutputDataConfig: { S3OutputPath: 's3://out', CompressionType: 'NONE' } }).outputs.map(
    ({ uri, archive }) => [uri, archive],
  );
  assert.deepEqual(loose, [
    ['s3://out/churn/output/model', 'none'],
    ['s3://out/churn/output/data', 'none'],
  ]);
});

test('channels keep their type, distribution and compression', () => {
  const workload = compile({
    InputDataConfig: [
      {
        ChannelName: 'train',
        DataSource: {
          S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://in/m', S3DataDistributionType: 'ShardedByS3Key' },
        },
        ContentType: 'text/csv',
      },
      {
        ChannelName: 'test',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://in/t' } },
        CompressionType: 'Gzip',
      },
    ],
  });
  assert.deepEqual(workload.inputs, [
    {
      name: 'train',
      uri: 's3://in/m',
      type: 'manifest',
      path: 'input/data/train',
      distribution: 'sharded',
      transform: 'none',
    },
    {
      name: 'test',
      uri: 's3://in/t',
      type: 'prefix',
      path: 'input/data/test',
      distribution: 'replicated',
      transform: 'gunzip',
    },
  ]);
  assert.deepEqual(file(workload, 'inputdataconfig'), {
    train: {
      ContentType: 'text/csv',
      TrainingInputMode: 'File',
      S3DistributionType: 'ShardedByS3Key',
      RecordWrapperType: 'None',
    },
    test: { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' },
  });
});

test('every host is named, in the resource configuration and in its log stream', () => {
  const workload = compile({ ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 30 } });
  assert.deepEqual(workload.logs, {
    group: '/aws/sagemaker/TrainingJobs',
    streams: ['churn/algo-1-1700000000', 'churn/algo-2-1700000000'],
  });
  assert.deepEqual(file(workload, 'resourceconfig'), {
    current_host: '{host}',
    current_instance_type: 'ml.m5.large',
    current_group_name: 'homogeneousCluster',
    hosts: ['algo-1', 'algo-2'],
    instance_groups: [
      { instance_group_name: 'homogeneousCluster', instance_type: 'ml.m5.large', hosts: ['algo-1', 'algo-2'] },
    ],
    network_interface_name: 'lo',
  });
});

test('what the user wrote is given as it is, even where it looks like a place for the host', () => {
  const workload = compile({ HyperParameters: { k: '3', note: '{host} \\{host}' } });
  assert.ok(!workload.files['input/config/hyperparameters.json']?.includes('{host}'));
  assert.deepEqual(file(workload, 'hyperparameters'), { k: '3', note: '{host} \\{host}' });
});

test('metrics of the request stand beside the algorithm’s own, and win over them', () => {
  const { metricDefinitions } = compile(
    {
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        TrainingImage: 'kmeans',
        MetricDefinitions: [{ Name: 'msd', Regex: 'mine=(.*)' }],
      },
    },
    {
      builtInMetrics: [
        { name: 'msd', regex: 'theirs' },
        { name: 'ssd', regex: 'ssd=(.*)' },
      ],
    },
  );
  assert.deepEqual(
    metricDefinitions.map(({ name, regex }) => [name, regex]),
    [
      ['msd', 'mine=(.*)'],
      ['ssd', 'ssd=(.*)'],
    ],
  );
  assert.deepEqual(metricDefinitions[0]?.dimensions, { TrainingJobName: 'churn' });
});

test('the program learns its job and its region, and no environment of the request hides them', () => {
  assert.deepEqual(compile({ Environment: { MODE: 'fast', TRAINING_JOB_NAME: 'other' } }).environment, {
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    MODE: 'fast',
    TRAINING_JOB_NAME: 'churn',
    TRAINING_JOB_ARN: arn,
  });
});

test('checkpoints are kept in a folder below the base folder', () => {
  const { checkpoints, outputs } = compile({
    CheckpointConfig: { S3Uri: 's3://out/cp', LocalPath: '/opt/ml/cp/' },
  });
  assert.deepEqual(checkpoints, { uri: 's3://out/cp', path: 'cp' });
  assert.deepEqual(
    outputs.map(({ name }) => name),
    ['model', 'output'],
  );
  assert.equal(compile({ CheckpointConfig: { S3Uri: 's3://out/cp' } }).checkpoints?.path, 'checkpoints');
  assert.equal(compile().checkpoints, undefined);
});

test('instances of several types have their own limits, channels and resource configuration', () => {
  const channel = (ChannelName: string, InstanceGroupNames?: string[]) => ({
    ChannelName,
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix',
        S3Uri: `s3://in/${ChannelName}`,
        ...(InstanceGroupNames && { InstanceGroupNames }),
      },
    } as const,
  });
  const workload = compile({
    ResourceConfig: {
      VolumeSizeInGB: 30,
      InstanceGroups: [
        { InstanceGroupName: 'readers', InstanceType: 'ml.m5.large', InstanceCount: 2 },
        { InstanceGroupName: 'trainer', InstanceType: 'ml.m5.xlarge', InstanceCount: 1 },
      ],
    },
    InputDataConfig: [channel('all'), channel('some', ['trainer'])],
  });
  assert.equal(workload.instanceCount, 3);
  assert.deepEqual(
    workload.instances?.map(({ limits, inputs }) => [limits.vcpus, inputs.map(({ name }) => name).join()]),
    [
      [2, 'all'],
      [2, 'all'],
      [4, 'all,some'],
    ],
  );
  const config: unknown = JSON.parse(workload.instances?.[2]?.files['input/config/resourceconfig.json'] ?? '');
  assert.deepEqual(config, {
    current_host: '{host}',
    current_instance_type: 'ml.m5.xlarge',
    current_group_name: 'trainer',
    hosts: ['algo-1', 'algo-2', 'algo-3'],
    instance_groups: [
      { instance_group_name: 'readers', instance_type: 'ml.m5.large', hosts: ['algo-1', 'algo-2'] },
      { instance_group_name: 'trainer', instance_type: 'ml.m5.xlarge', hosts: ['algo-3'] },
    ],
    network_interface_name: 'lo',
  });
});

test('a job that keeps its instances leaves them under its name, and one that got some takes them', () => {
  const ResourceConfig = { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 } as const;
  assert.equal(compile().retained, undefined);
  assert.deepEqual(compile({ ResourceConfig: { ...ResourceConfig, KeepAlivePeriodInSeconds: 60 } }).retained, {
    leave: 'churn',
  });
  assert.deepEqual(compile({}, { warmedBy: 'earlier' }).retained, { take: 'earlier' });
});

test('a GPU that the machine lacks is taken out of the limits and told in the log', () => {
  const workload = compile({ ResourceConfig: { InstanceType: 'ml.p3.2xlarge', InstanceCount: 1, VolumeSizeInGB: 1 } });
  assert.equal(workload.limits.gpus, 0);
  assert.match(workload.notices.join(), /ml\.p3\.2xlarge has 1 GPU, this machine offers 0/);
});

test('whatever is ignored or different is told in the log', () => {
  const { notices } = compile({
    VpcConfig: { SecurityGroupIds: ['sg'], Subnets: ['s'] },
    OutputDataConfig: { S3OutputPath: 's3://out', KmsKeyId: 'key' },
  });
  assert.equal(notices.length, 2);
  assert.deepEqual(compile().notices, []);
});

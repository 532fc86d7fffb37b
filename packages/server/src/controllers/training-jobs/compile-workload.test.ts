import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeEngine } from '../../engines/testing/fake-engine.ts';
import { findInstanceType } from '../../instances/instance-type.ts';
import { compileTrainingWorkload } from './compile-workload.ts';
import type { TrainingWorkloadParts } from './workload-parts.ts';

const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn';

function compile(request: Partial<TrainingWorkloadParts['request']> = {}, parts: Partial<TrainingWorkloadParts> = {}) {
  const instanceType = findInstanceType('ml.m5.large');
  assert.ok(instanceType);
  return compileTrainingWorkload({
    request: {
      TrainingJobName: 'churn',
      RoleArn: 'arn:aws:iam::111122223333:role/r',
      OutputDataConfig: { S3OutputPath: 's3://out/models/' },
      AlgorithmSpecification: { TrainingImage: 'kmeans:1', TrainingInputMode: 'File' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
      ...request,
    },
    arn,
    createdAt: new Date(1_700_000_000_500),
    attempt: 1,
    program: { type: 'algorithm', name: 'kmeans', action: 'train' },
    builtInMetrics: [],
    instanceType,
    instanceCount: 1,
    capabilities: new FakeEngine().capabilities,
    hasCheckpoints: false,
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
  const workload = compile({}, { instanceCount: 2 });
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

test('checkpoints are fetched when there are any, and stored at the end', () => {
  const request = { CheckpointConfig: { S3Uri: 's3://out/cp', LocalPath: '/opt/ml/cp/' } };
  assert.deepEqual(compile(request).inputs, []);
  assert.deepEqual(
    compile(request, { hasCheckpoints: true }).inputs.map(({ uri, path }) => [uri, path]),
    [['s3://out/cp', 'cp']],
  );
  assert.deepEqual(compile(request).outputs.at(-1), {
    name: 'checkpoints',
    path: 'cp',
    uri: 's3://out/cp',
    archive: 'none',
    skipEmpty: true,
  });
});

test('a GPU that the machine lacks is taken out of the limits and told in the log', () => {
  const instanceType = findInstanceType('ml.p3.2xlarge');
  assert.ok(instanceType);
  const workload = compile({}, { instanceType });
  assert.equal(workload.limits.gpus, 0);
  assert.match(workload.notices.join(), /ml\.p3\.2xlarge has 1 GPU, this machine offers 0/);
});

test('whatever is ignored or different is told in the log', () => {
  const { notices } = compile({
    EnableManagedSpotTraining: true,
    VpcConfig: { SecurityGroupIds: ['sg'], Subnets: ['s'] },
    InputDataConfig: [
      {
        ChannelName: 'train',
        InputMode: 'Pipe',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://in' } },
      },
    ],
  });
  assert.equal(notices.length, 3);
  assert.deepEqual(compile().notices, []);
});

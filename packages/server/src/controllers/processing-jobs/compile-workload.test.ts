import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeEngine } from '../../engines/testing/fake-engine.ts';
import type { Program, Workload } from '../../engines/workload.ts';
import { findInstanceType } from '../../instances/instance-type.ts';
import { compileProcessingWorkload } from './compile-workload.ts';
import type { ProcessingWorkloadParts } from './processing-workload-parts.ts';
import { validRequest } from './testing/processing-fixture.ts';

const program: Program = { type: 'command', command: { argv: ['true'] } };

function compile(
  request: Partial<ProcessingWorkloadParts['request']> = {},
  more: Partial<ProcessingWorkloadParts> = {},
): Workload {
  const instanceType = findInstanceType('ml.m5.large');
  assert.ok(instanceType !== undefined);
  return compileProcessingWorkload({
    request: { ...validRequest('clean'), ...request },
    arn: 'arn:aws:sagemaker:eu-west-1:000000000000:processing-job/clean',
    createdAt: new Date('2026-01-02T03:04:05Z'),
    attempt: 2,
    program,
    programNotices: [],
    instanceType,
    instanceCount: 1,
    capabilities: new FakeEngine({ capabilities: { realOptMl: true } }).capabilities,
    ...more,
  });
}

test('a request becomes the workload of its attempt', () => {
  const workload = compile({ Environment: { COLOUR: 'red', PROCESSING_JOB_NAME: 'mine' } }, { instanceCount: 2 });
  assert.equal(workload.id, 'processing-job/clean/2');
  assert.deepEqual(workload.environment, {
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    COLOUR: 'red',
    PROCESSING_JOB_NAME: 'clean',
    PROCESSING_JOB_ARN: 'arn:aws:sagemaker:eu-west-1:000000000000:processing-job/clean',
  });
  assert.deepEqual(workload.logs, {
    group: '/aws/sagemaker/ProcessingJobs',
    streams: ['clean/algo-1-1767323045', 'clean/algo-2-1767323045'],
  });
  assert.deepEqual(workload.systemMetrics, { namespace: '/aws/sagemaker/ProcessingJobs', host: 'clean/{host}' });
  assert.deepEqual(workload.notices, []);
});

test('inputs and outputs are what the request says, but for those that the application manages', () => {
  const S3Input = { S3Uri: 's3://b/x', LocalPath: '/opt/ml/processing/x/', S3DataType: 'ManifestFile' } as const;
  const S3Output = { S3Uri: 's3://b/out', LocalPath: '/opt/ml/processing/out', S3UploadMode: 'Continuous' } as const;
  const { inputs, outputs } = compile({
    ProcessingInputs: [
      { InputName: 'x', S3Input: { ...S3Input, S3DataDistributionType: 'ShardedByS3Key', S3CompressionType: 'Gzip' } },
      { InputName: 'stream', S3Input: { ...S3Input, S3DataType: 'S3Prefix', S3InputMode: 'Pipe' } },
      { InputName: 'own', AppManaged: true, S3Input },
    ],
    ProcessingOutputConfig: {
      Outputs: [
        { OutputName: 'live', S3Output },
        { OutputName: 'late', S3Output: { ...S3Output, S3UploadMode: 'EndOfJob' } },
        { OutputName: 'own', AppManaged: true, S3Output },
      ],
    },
  });
  const common = { uri: 's3://b/x', path: 'processing/x' };
  assert.deepEqual(inputs, [
    { name: 'x', ...common, type: 'manifest', distribution: 'sharded', transform: 'gunzip' },
    {
      name: 'stream',
      ...common,
      type: 'prefix',
      distribution: 'replicated',
      transform: 'none',
      delivery: { type: 'pipe', recordio: false, attributes: [] },
    },
  ]);
  const kept = { path: 'processing/out', uri: 's3://b/out', archive: 'none', skipEmpty: true };
  assert.deepEqual(outputs, [
    { name: 'live', ...kept, continuous: true },
    { name: 'late', ...kept },
  ]);
});

test('the configuration files show the request as it is, and each host its name', () => {
  const { files } = compile({ Environment: { TEMPLATE: '{host}' } }, { instanceCount: 2 });
  const job = JSON.parse(files['config/processingjobconfig.json'] ?? '') as Record<string, unknown>;
  assert.equal(job['ProcessingJobName'], 'clean');
  assert.deepEqual(job['Environment'], { TEMPLATE: '{host}' });
  assert.ok(!files['config/processingjobconfig.json']?.includes('{host}'));
  assert.equal(files['config/resourceconfig.json'], '{"current_host":"{host}","hosts":["algo-1","algo-2"]}');
});

test('what differs from AWS is said', () => {
  const { notices } = compile(
    {
      NetworkConfig: { VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['s-1'] } },
      ProcessingOutputConfig: { Outputs: [], KmsKeyId: 'key' },
    },
    { capabilities: new FakeEngine().capabilities },
  );
  assert.match(notices.join('\n'), /no \/opt\/ml[^]*VpcConfig is ignored[^]*KMS keys are ignored/);
});

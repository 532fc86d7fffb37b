/** The AWS CLI, unchanged: create, wait, describe, deploy, invoke, list and delete. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients');

describe('the AWS CLI', { skip: 'missing' in python ? python.missing : false }, () => {
  let platform: TestPlatform;
  let folder: string;
  before(async () => {
    platform = await startPlatform();
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  after(async () => {
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const aws = async (...argv: string[]): Promise<string> => {
    assert.ok('bin' in python);
    const { code, stdout, stderr } = await runProgram(
      join(python.bin, 'aws'),
      [...argv, '--output', 'json'],
      platform.environment,
    );
    assert.equal(code, 0, `aws ${argv.join(' ')}:\n${stderr}`);
    return stdout;
  };

  test('goes the whole way from a bucket to a prediction and back', async () => {
    const rows = Array.from({ length: 60 }, (_, index) => `${index % 2 === 0 ? 1 : 50},${index % 7}`).join('\n');
    writeFileSync(join(folder, 'points.csv'), `${rows}\n`);
    await aws('s3', 'mb', 's3://cli-bucket');
    await aws('s3', 'cp', join(folder, 'points.csv'), 's3://cli-bucket/points/points.csv');
    assert.match(await aws('s3', 'ls', 's3://cli-bucket/points/'), /points\.csv/);

    const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1';
    const role = 'arn:aws:iam::000000000000:role/SageMakerRole';
    const source = { S3DataType: 'S3Prefix', S3Uri: 's3://cli-bucket/points/' };
    await aws(
      'sagemaker',
      'create-training-job',
      '--training-job-name',
      'cli-job',
      '--role-arn',
      role,
      '--algorithm-specification',
      `TrainingImage=${image},TrainingInputMode=File`,
      '--hyper-parameters',
      'k=2,feature_dim=2',
      '--input-data-config',
      JSON.stringify([
        { ChannelName: 'train', ContentType: 'text/csv;label_size=0', DataSource: { S3DataSource: source } },
      ]),
      '--output-data-config',
      'S3OutputPath=s3://cli-bucket/models',
      '--resource-config',
      'InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10',
      '--stopping-condition',
      'MaxRuntimeInSeconds=600',
    );
    // The CLI's own waiter looks every two minutes, so it finds a job that has ended only if it ends before the first look.
    const job = await until(
      async () =>
        JSON.parse(await aws('sagemaker', 'describe-training-job', '--training-job-name', 'cli-job')) as {
          TrainingJobStatus: string;
          ModelArtifacts: { S3ModelArtifacts: string };
        },
      ({ TrainingJobStatus }) => TrainingJobStatus !== 'InProgress',
    );
    assert.equal(job.TrainingJobStatus, 'Completed');
    await aws('sagemaker', 'wait', 'training-job-completed-or-stopped', '--training-job-name', 'cli-job');

    await aws(
      'sagemaker',
      'create-model',
      '--model-name',
      'cli',
      '--execution-role-arn',
      role,
      '--primary-container',
      `Image=${image},ModelDataUrl=${job.ModelArtifacts.S3ModelArtifacts}`,
    );
    await aws(
      'sagemaker',
      'create-endpoint-config',
      '--endpoint-config-name',
      'cli',
      '--production-variants',
      'VariantName=AllTraffic,ModelName=cli,InitialInstanceCount=1,InstanceType=ml.m5.large',
    );
    await aws('sagemaker', 'create-endpoint', '--endpoint-name', 'cli', '--endpoint-config-name', 'cli');
    await until(
      async () =>
        JSON.parse(await aws('sagemaker', 'describe-endpoint', '--endpoint-name', 'cli')) as { EndpointStatus: string },
      ({ EndpointStatus }) => EndpointStatus !== 'Creating',
    );
    await aws('sagemaker', 'wait', 'endpoint-in-service', '--endpoint-name', 'cli');
    const answer = join(folder, 'answer.json');
    writeFileSync(join(folder, 'row.csv'), '1,3');
    await aws(
      'sagemaker-runtime',
      'invoke-endpoint',
      '--endpoint-name',
      'cli',
      '--content-type',
      'text/csv',
      '--body',
      `fileb://${join(folder, 'row.csv')}`,
      answer,
    );
    const { predictions } = JSON.parse(readFileSync(answer, 'utf8')) as { predictions: { closest_cluster: number }[] };
    assert.equal(predictions.length, 1);

    assert.match(await aws('sagemaker', 'list-training-jobs', '--name-contains', 'cli'), /"cli-job"/);
    assert.match(
      await aws('logs', 'describe-log-streams', '--log-group-name', '/aws/sagemaker/TrainingJobs'),
      /cli-job\/algo-1/,
    );
    await aws('sagemaker', 'delete-endpoint', '--endpoint-name', 'cli');
    await aws('sagemaker', 'delete-endpoint-config', '--endpoint-config-name', 'cli');
    await aws('sagemaker', 'delete-model', '--model-name', 'cli');
    await aws('s3', 'rb', 's3://cli-bucket', '--force');
  });
});

/** Looks until it is so; every look is a process of its own, which is pause enough. */
async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 60; tries++) {
    const seen = await look();
    if (isSo(seen)) return seen;
  }
  throw new Error('It did not come to pass in 60 looks');
}

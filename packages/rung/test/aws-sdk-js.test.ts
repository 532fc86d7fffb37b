/** `@aws-sdk/client-sagemaker`, `-runtime` and `-s3`, unchanged: create, wait, describe, deploy, invoke, list and delete. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  paginateListTrainingJobs,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { startPlatform, type TestPlatform } from './start-platform.ts';

let platform: TestPlatform;
before(async () => (platform = await startPlatform({ tlsPort: false })));
after(() => platform.close());

const wait = { minDelay: 1, maxDelay: 1, maxWaitTime: 60 };
const role = 'arn:aws:iam::000000000000:role/SageMakerRole';
const image = '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1';

test('the AWS SDK for JavaScript goes the whole way', async () => {
  const s3 = new S3Client(platform.clientSettings);
  const sagemaker = new SageMakerClient(platform.clientSettings);
  const runtime = new SageMakerRuntimeClient(platform.clientSettings);

  await s3.send(new CreateBucketCommand({ Bucket: 'js-bucket' }));
  const rows = Array.from({ length: 60 }, (_, index) => `${index % 2 === 0 ? 1 : 50},${index % 7}`).join('\n');
  await s3.send(new PutObjectCommand({ Bucket: 'js-bucket', Key: 'points/points.csv', Body: rows }));

  await sagemaker.send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'js-job',
      RoleArn: role,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      HyperParameters: { k: '2', feature_dim: '2' },
      InputDataConfig: [
        {
          ChannelName: 'train',
          ContentType: 'text/csv;label_size=0',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://js-bucket/points/' } },
        },
      ],
      OutputDataConfig: { S3OutputPath: 's3://js-bucket/models' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 10 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    }),
  );
  await waitUntilTrainingJobCompletedOrStopped({ client: sagemaker, ...wait }, { TrainingJobName: 'js-job' });
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'js-job' }));
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
  assert.ok(job.CreationTime instanceof Date);

  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'js',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts },
    }),
  );
  await sagemaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'js',
      ProductionVariants: [
        { VariantName: 'AllTraffic', ModelName: 'js', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' },
      ],
    }),
  );
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: 'js', EndpointConfigName: 'js' }));
  await waitUntilEndpointInService({ client: sagemaker, ...wait }, { EndpointName: 'js' });

  const answer = await runtime.send(
    new InvokeEndpointCommand({ EndpointName: 'js', ContentType: 'text/csv', Body: '1,3\n50,3' }),
  );
  const { predictions } = JSON.parse(new TextDecoder().decode(answer.Body)) as {
    predictions: { closest_cluster: number }[];
  };
  assert.equal(answer.InvokedProductionVariant, 'AllTraffic');
  assert.notEqual(predictions[0]?.closest_cluster, predictions[1]?.closest_cluster);
  await assert.rejects(
    runtime.send(new InvokeEndpointCommand({ EndpointName: 'js', ContentType: 'text/csv', Body: 'x' })),
    (error) => {
      assert.ok(error instanceof ModelError);
      assert.equal(error.OriginalStatusCode, 400);
      return true;
    },
  );

  const names = [];
  for await (const page of paginateListTrainingJobs({ client: sagemaker, pageSize: 1 }, {})) {
    names.push(...(page.TrainingJobSummaries ?? []).map((summary) => summary.TrainingJobName));
  }
  assert.deepEqual(names, ['js-job']);

  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'js' }));
  await waitUntilEndpointDeleted({ client: sagemaker, ...wait }, { EndpointName: 'js' });
  await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'js' }));
  await sagemaker.send(new DeleteModelCommand({ ModelName: 'js' }));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'js-bucket' }));
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: 'js-bucket', Key }));
  await s3.send(new DeleteBucketCommand({ Bucket: 'js-bucket' }));
});

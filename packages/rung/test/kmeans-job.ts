/** A k-means job as a user would ask for it, for tests that make one thing of it wrong. */
import type { Session } from '@rung/sdk';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { setTimeout as sleep } from 'node:timers/promises';

export const role = 'arn:aws:iam::000000000000:role/SageMakerRole';
export const kmeansImage = '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1';
export const bucket = 'bad-input';

export interface JobWishes {
  /** Key or prefix of the train channel. Default `points/`. */
  readonly prefix?: string;
  readonly contentType?: string;
  readonly hyperparameters?: Readonly<Record<string, string>>;
  readonly channel?: string;
}

export function kmeansJob(
  name: string,
  { prefix = 'points/', contentType = 'text/csv;label_size=0', hyperparameters, channel = 'train' }: JobWishes = {},
): CreateTrainingJobRequest {
  return {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: kmeansImage, TrainingInputMode: 'File' },
    HyperParameters: { k: '2', feature_dim: '2', ...hyperparameters },
    InputDataConfig: [
      {
        ChannelName: channel,
        ContentType: contentType,
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: prefix.startsWith('s3://') ? prefix : `s3://${bucket}/${prefix}`,
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/models` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  };
}

export const goodPoints = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? '1,1' : '50,50')).join('\n');

/** Makes the bucket, with points to train on below `points/`. */
export async function prepareBucket(session: Session): Promise<void> {
  await session.s3.call('CreateBucket', { Bucket: bucket });
  await put(session, 'points/points.csv', goodPoints);
}

export async function put(session: Session, key: string, content: string | Uint8Array): Promise<void> {
  const Body = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await session.s3.call('PutObject', { Bucket: bucket, Key: key, Body });
}

/** Creates the job and answers how it ended. */
export async function runJob(
  session: Session,
  request: CreateTrainingJobRequest,
): Promise<DescribeTrainingJobResponse> {
  await session.sagemaker.call('CreateTrainingJob', request);
  return untilEnded(session, request.TrainingJobName ?? '');
}

export async function untilEnded(session: Session, name: string): Promise<DescribeTrainingJobResponse> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const description = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
    if (/^(?:Completed|Failed|Stopped)$/.test(description.TrainingJobStatus ?? '')) return description;
    if (performance.now() > deadline) throw new Error(`job ${name} hangs in ${description.SecondaryStatus}`);
    await sleep(30);
  }
}

/** Deploys the model of a completed job under one name for model, configuration and endpoint. */
export async function deploy(session: Session, name: string, modelUrl: string): Promise<void> {
  const { sagemaker } = session;
  await sagemaker.call('CreateModel', {
    ModelName: name,
    ExecutionRoleArn: role,
    PrimaryContainer: { Image: kmeansImage, ModelDataUrl: modelUrl },
  });
  await sagemaker.call('CreateEndpointConfig', {
    EndpointConfigName: name,
    ProductionVariants: [{ VariantName: 'all', ModelName: name, InitialInstanceCount: 1, InstanceType: 'ml.m5.large' }],
  });
  await sagemaker.call('CreateEndpoint', { EndpointName: name, EndpointConfigName: name });
  await sagemaker.waitUntil('EndpointInService', { EndpointName: name }, { delaySeconds: 0.1, maxAttempts: 300 });
}

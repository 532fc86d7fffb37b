/** A user's own image, as the user sees it: built from nothing, run by Podman, while the control plane dies and comes back. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { readBody } from '@rung/wire';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { podmanMissing } from '../../server/src/engines/container/testing/podman-service.ts';
import { ContainerPlatform, image } from './container/container-platform.ts';

const role = 'arn:aws:iam::000000000000:role/any';
const missing = podmanMissing();

describe('a container image of the user', { skip: missing ?? false }, () => {
  let platform: ContainerPlatform;
  before(async () => {
    platform = await ContainerPlatform.start();
    const { s3 } = platform.session();
    await s3.call('CreateBucket', { Bucket: 'mine' });
    await s3.call('PutObject', { Bucket: 'mine', Key: 'train/a.csv', Body: Buffer.from('1\n2\n') });
    await s3.call('PutObject', { Bucket: 'mine', Key: 'train/b.csv', Body: Buffer.from('6') });
  });
  after(() => platform.close());

  const create = async (name: string, changes: Partial<CreateTrainingJobRequest> = {}): Promise<void> => {
    const { AlgorithmSpecification: specification, ...rest } = changes;
    await platform.session().sagemaker.call('CreateTrainingJob', {
      TrainingJobName: name,
      RoleArn: role,
      OutputDataConfig: { S3OutputPath: 's3://mine/out' },
      ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 300 },
      ...rest,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File', ...specification },
    });
  };
  const describeJob = (name: string): Promise<DescribeTrainingJobResponse> =>
    platform.session().sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
  const ended = async (name: string): Promise<DescribeTrainingJobResponse> => {
    for (let waited = 0; ; waited += 1) {
      const job = await describeJob(name);
      if (job.TrainingJobStatus !== 'InProgress') return job;
      assert.ok(waited < 600, `${name} hangs in ${job.SecondaryStatus}`);
      await sleep(100);
    }
  };
  const lines = async (name: string, host = 'algo-1'): Promise<string[]> => {
    const logGroupName = '/aws/sagemaker/TrainingJobs';
    const { logs } = platform.session();
    const prefix = { logGroupName, logStreamNamePrefix: `${name}/${host}` };
    // The group comes with the first line of the first job.
    const found = await logs.call('DescribeLogStreams', prefix).catch(() => undefined);
    const logStreamName = found?.logStreams?.[0]?.logStreamName;
    if (logStreamName === undefined) return [];
    const { events } = await logs.call('GetLogEvents', { logGroupName, logStreamName, startFromHead: true });
    return (events ?? []).map(({ message }) => message ?? '');
  };
  /** What the program said of itself: `name JSON` per line. */
  const findings = async (name: string, host?: string): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      (await lines(name, host)).map((line) => [line.split(' ')[0], JSON.parse(line.slice(line.indexOf(' ') + 1))]),
    );
  /** Starts the image with another command than `train`. */
  const command = (...words: string[]): Partial<CreateTrainingJobRequest> => ({
    AlgorithmSpecification: { TrainingInputMode: 'File', ContainerArguments: words },
  });
  const mlFolder = (job: string): string =>
    join(platform.stateDir, 'containers/workloads', `training-job~${job}~1`, '0/ml');

  test('trains and serves, with the control plane killed and started again in the middle of both', async () => {
    await create('churn', {
      HyperParameters: { factor: '10' },
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        TrainingImage: image,
        MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }],
      },
      InputDataConfig: [
        { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://mine/train/' } } },
      ],
    });
    while (!(await lines('churn')).includes('ready')) await sleep(20);
    await platform.end('SIGKILL');
    assert.equal((await platform.podman.containers()).length, 1);
    await platform.up();
    writeFileSync(join(mlFolder('churn'), 'go'), '');
    const job = await ended('churn');
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    assert.deepEqual(await lines('churn'), ['ready', 'loss=3']);
    assert.equal(job.FinalMetricDataList?.[0]?.Value, 3);

    const { sagemaker } = platform.session();
    await sagemaker.call('CreateModel', {
      ModelName: 'churn',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts ?? '' },
    });
    await deploy('churn');
    const ask = async (): Promise<Answer> => invoke(platform, 'churn', '2');
    const first = await ask();
    assert.deepEqual([first.y, first.networks], [60, ['lo', 'eth0']]);
    await platform.end('SIGKILL');
    await platform.up();
    assert.deepEqual(await ask(), first);
    await remove('churn');
  });

  test('network isolation and limits, seen from inside', async () => {
    await Promise.all([
      create('open', command('look')),
      create('closed', { ...command('look'), EnableNetworkIsolation: true }),
    ]);
    const [open, closed] = await Promise.all([ended('open'), ended('closed')]);
    assert.deepEqual([open.FailureReason, closed.FailureReason], [undefined, undefined]);
    const [inOpen, inClosed] = [await findings('open'), await findings('closed')];
    assert.deepEqual([inOpen['networks'], inOpen['platform']], [['lo', 'eth0'], 200]);
    assert.deepEqual([inClosed['networks'], inClosed['platform'], inClosed['outside']], [['lo'], null, 'ENETUNREACH']);
    // ml.t3.medium: 2 cores, 4 GiB.
    assert.equal(inClosed['memory'], String(4 * 2 ** 30));
    assert.equal(inClosed['shared'], 2 * 2 ** 30);
    assert.equal(inClosed['pids'], '16384');
    assert.match(String(inClosed['cpu']), /^(\d+)0* (\d+)0*$/);
    assert.deepEqual(inClosed['user'], [0, 'algo-1']);
  });

  test('hosts of one job find each other by name, and isolated ones nobody else', async () => {
    await create('meeting', {
      ...command('meet'),
      EnableNetworkIsolation: true,
      ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 2, VolumeSizeInGB: 1 },
    });
    const job = await ended('meeting');
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason);
    for (const host of ['algo-1', 'algo-2']) {
      const said = await lines('meeting', host);
      assert.deepEqual(said.slice(0, 3), [
        'met ["algo-1","algo-1"]',
        'met ["algo-2","algo-2"]',
        'outside "ENETUNREACH"',
      ]);
    }
  });

  test('a model without a network is asked all the same', async () => {
    await create('lonely', {
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['/bin/sh', '-c', 'echo \'{"mean":1,"factor":5}\' > /opt/ml/model/model.json'],
      },
    });
    const { ModelArtifacts: artifacts, FailureReason: failure } = await ended('lonely');
    assert.equal(failure, undefined);
    await platform.session().sagemaker.call('CreateModel', {
      ModelName: 'lonely',
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image, ModelDataUrl: artifacts?.S3ModelArtifacts ?? '' },
      EnableNetworkIsolation: true,
    });
    await deploy('lonely');
    const { y, networks } = await invoke(platform, 'lonely', '3');
    assert.deepEqual([y, networks], [15, ['lo']]);
    await remove('lonely');
  });

  test('an image that is not there, a program that is not in it: each is told as it is', async () => {
    await Promise.all([
      create('absent', {
        AlgorithmSpecification: { TrainingInputMode: 'File', TrainingImage: 'localhost/team/none:7' },
      }),
      create('lost', {
        AlgorithmSpecification: { TrainingInputMode: 'File', ContainerEntrypoint: ['/no/such/program'] },
      }),
      create('short', { AlgorithmSpecification: { TrainingInputMode: 'File', ContainerEntrypoint: ['/bin/false'] } }),
    ]);
    const reasons: Record<string, RegExp> = {
      absent: /^ClientError: Cannot pull image "localhost\/team\/none:7": .*Check its name and tag.*exit code: 125$/,
      lost: /\["\/no\/such\/program"\]: the program is not in the image.*exit code: \d+$/,
      short: /exit code: 1$/,
    };
    for (const [name, reason] of Object.entries(reasons)) {
      const job = await ended(name);
      assert.equal(job.TrainingJobStatus, 'Failed', name);
      assert.match(job.FailureReason ?? '', reason);
    }
  });

  test('an endpoint whose image ends at once fails with its last words', async () => {
    await platform.session().sagemaker.call('CreateModel', {
      ModelName: 'brief',
      ExecutionRoleArn: role,
      // Without a model there is nothing to read, and the program says so.
      PrimaryContainer: { Image: image },
    });
    const reason = await deploy('brief').then(
      () => 'it came up',
      (error: Error) => error.message,
    );
    assert.match(reason, /ended with exit code 1.*model\.json/s);
    await remove('brief');
  });

  test('nothing is left', async () => {
    for (let waited = 0; (await platform.podman.containers()).length > 0 && waited < 200; waited += 1) await sleep(50);
    assert.deepEqual(await platform.podman.containers(), []);
    for (let waited = 0; (await platform.podman.networks()).length > 0 && waited < 200; waited += 1) await sleep(50);
    assert.deepEqual(await platform.podman.networks(), []);
  });

  /** @throws Error with the FailureReason when it does not come up. */
  const deploy = async (name: string): Promise<void> => {
    const { sagemaker } = platform.session();
    await sagemaker.call('CreateEndpointConfig', {
      EndpointConfigName: name,
      ProductionVariants: [
        {
          VariantName: 'all',
          ModelName: name,
          InitialInstanceCount: 1,
          InstanceType: 'ml.t2.medium',
          InitialVariantWeight: 1,
        },
      ],
    });
    await sagemaker.call('CreateEndpoint', { EndpointName: name, EndpointConfigName: name });
    for (let waited = 0; ; waited += 1) {
      const { EndpointStatus, FailureReason } = await sagemaker.call('DescribeEndpoint', { EndpointName: name });
      if (EndpointStatus === 'InService') return;
      if (EndpointStatus === 'Failed') throw new Error(FailureReason);
      assert.ok(waited < 300, `endpoint ${name} hangs in ${EndpointStatus}`);
      await sleep(100);
    }
  };
  const remove = (name: string): Promise<unknown> =>
    platform.session().sagemaker.call('DeleteEndpoint', { EndpointName: name });
});

interface Answer {
  readonly y: number;
  readonly startedAt: number;
  readonly networks: readonly string[];
}

async function invoke(platform: ContainerPlatform, endpoint: string, body: string): Promise<Answer> {
  const answer = await platform.session().runtime.call('InvokeEndpoint', {
    EndpointName: endpoint,
    ContentType: 'text/plain',
    Body: Buffer.from(body),
  });
  // What the program in the image answers.
  return JSON.parse(Buffer.from(await readBody(answer.Body ?? new Uint8Array())).toString()) as Answer;
}

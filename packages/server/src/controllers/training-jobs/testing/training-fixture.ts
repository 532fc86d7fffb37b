import { JobSlots } from '../../jobs/job-slots.ts';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import type { ServerConfig } from '../../../config.ts';
import { FakeEngine } from '../../../engines/testing/fake-engine.ts';
import type { RequestContext } from '../../../services/service.ts';
import { trainingJobHandlers } from '../../../services/sagemaker/training-jobs/index.ts';
import type { TrainingJob } from '../../../services/sagemaker/training-jobs/types.ts';
import { SteppedClock } from '../../../testing/stepped-clock.ts';
import { called } from '../../../testing/called.ts';
import { testContext, type TestResources, testResources, until } from '../../../testing/test-resources.ts';
import { type ControllerLoop, type ControllerLoopOptions, startControllerLoop } from '../../controller-loop.ts';
import { trainingJobsController } from '../training-jobs-controller.ts';

/** Training jobs over a real store and real objects, on an engine and a clock that the test moves. */
export class TrainingFixture {
  readonly resources: TestResources;
  readonly engine: FakeEngine;
  readonly clock: SteppedClock;
  readonly #t: TestContext;

  constructor(t: TestContext, resources: TestResources, engine: FakeEngine) {
    this.#t = t;
    this.resources = resources;
    this.engine = engine;
    this.clock = resources.clock;
  }

  /** Starts the controller, as a control plane does. */
  async control(options?: ControllerLoopOptions): Promise<ControllerLoop> {
    const loop = await startControllerLoop(
      trainingJobsController(new JobSlots(this.resources.config.maxConcurrentJobs)),
      this.resources,
      options,
    );
    this.#t.after(() => loop.stop(0));
    return loop;
  }

  async create(
    name: string,
    request: Partial<CreateTrainingJobRequest> = {},
    context?: Partial<RequestContext>,
  ): Promise<string> {
    const input = { ...validRequest(name), ...request };
    const answer = await called(trainingJobHandlers(this.resources).CreateTrainingJob)(input, testContext(context));
    return answer.TrainingJobArn;
  }

  async stop(name: string): Promise<void> {
    await called(trainingJobHandlers(this.resources).StopTrainingJob)({ TrainingJobName: name }, testContext());
  }

  async delete(name: string): Promise<void> {
    await called(trainingJobHandlers(this.resources).DeleteTrainingJob)({ TrainingJobName: name }, testContext());
  }

  async describe(name: string): Promise<DescribeTrainingJobResponse> {
    return called(trainingJobHandlers(this.resources).DescribeTrainingJob)({ TrainingJobName: name }, testContext());
  }

  /** What the store holds of a job. */
  async row(name: string): Promise<TrainingJob> {
    const job = await this.resources.store.get('training-job', name);
    assert.ok(job !== undefined);
    return job;
  }

  /** Waits until Describe shows this secondary status. */
  async reaches(
    name: string,
    secondary: DescribeTrainingJobResponse['SecondaryStatus'],
  ): Promise<DescribeTrainingJobResponse> {
    let last: DescribeTrainingJobResponse | undefined;
    await until(`${name} is ${secondary}`, async () => {
      last = await this.describe(name);
      return last.SecondaryStatus === secondary;
    });
    assert.ok(last !== undefined);
    return last;
  }

  async started(name: string, attempt = 1): Promise<string> {
    const id = `training-job/${name}/${attempt}`;
    await until(`${id} is started`, () => this.engine.workload(id) !== undefined);
    return id;
  }

  /** Waits until the workload is cleared away. */
  async cleared(id: string): Promise<void> {
    await until(`${id} is cleared away`, () => this.engine.workload(id) === undefined);
  }
}

export async function trainingFixture(t: TestContext, config: Partial<ServerConfig> = {}): Promise<TrainingFixture> {
  const clock = new SteppedClock();
  const engine = new FakeEngine({ now: () => clock.now() });
  const resources = await testResources(t, { engine, clock, config });
  await resources.objects.createBucket('data');
  await resources.objects.put('data', 'train/part-0.csv', Buffer.from('1,2\n3,4\n'));
  return new TrainingFixture(t, resources, engine);
}

/** A program of the user's own, on one channel. */
export function validRequest(name: string): CreateTrainingJobRequest {
  return {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/test',
    AlgorithmSpecification: { TrainingImage: 'rung/host', TrainingInputMode: 'File', ContainerEntrypoint: ['true'] },
    InputDataConfig: [
      { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train' } } },
    ],
    OutputDataConfig: { S3OutputPath: 's3://data/models' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  };
}

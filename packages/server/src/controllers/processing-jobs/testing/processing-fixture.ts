import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type {
  CreateProcessingJobRequest,
  DescribeProcessingJobResponse,
  ProcessingJobStatus,
  SagemakerOperations,
} from '@rung/wire/types/sagemaker';
import type { ServerConfig } from '../../../config.ts';
import { FakeEngine } from '../../../engines/testing/fake-engine.ts';
import { processingJobHandlers } from '../../../services/sagemaker/processing-jobs/index.ts';
import type { Handlers } from '../../../services/service.ts';
import { called } from '../../../testing/called.ts';
import { SteppedClock } from '../../../testing/stepped-clock.ts';
import { testContext, type TestResources, testResources, until } from '../../../testing/test-resources.ts';
import { type ControllerLoop, startControllerLoop } from '../../controller-loop.ts';
import { JobSlots } from '../../jobs/job-slots.ts';
import { processingJobsController } from '../processing-jobs-controller.ts';

/** Processing jobs over a real store and real objects, on an engine and a clock that the test moves. */
export class ProcessingFixture {
  readonly resources: TestResources;
  readonly engine: FakeEngine;
  readonly clock: SteppedClock;
  readonly handlers: Handlers<SagemakerOperations>;
  readonly #t: TestContext;

  constructor(t: TestContext, resources: TestResources, engine: FakeEngine) {
    this.#t = t;
    this.resources = resources;
    this.engine = engine;
    this.clock = resources.clock;
    this.handlers = processingJobHandlers(resources);
  }

  /** Starts the controller, as a control plane does. */
  async control(): Promise<ControllerLoop> {
    const slots = new JobSlots(this.resources.config.maxConcurrentJobs);
    const loop = await startControllerLoop(processingJobsController(slots), this.resources);
    this.#t.after(() => loop.stop(0));
    return loop;
  }

  async create(name: string, request: Partial<CreateProcessingJobRequest> = {}): Promise<string> {
    const input = { ...validRequest(name), ...request };
    const answer = await called(this.handlers.CreateProcessingJob)(input, testContext());
    return answer.ProcessingJobArn;
  }

  async stop(name: string): Promise<void> {
    await called(this.handlers.StopProcessingJob)({ ProcessingJobName: name }, testContext());
  }

  async remove(name: string): Promise<void> {
    await called(this.handlers.DeleteProcessingJob)({ ProcessingJobName: name }, testContext());
  }

  async describe(name: string): Promise<DescribeProcessingJobResponse> {
    return called(this.handlers.DescribeProcessingJob)({ ProcessingJobName: name }, testContext());
  }

  /** Waits until Describe shows this status. */
  async reaches(name: string, status: ProcessingJobStatus): Promise<DescribeProcessingJobResponse> {
    let last: DescribeProcessingJobResponse | undefined;
    await until(`${name} is ${status}`, async () => {
      last = await this.describe(name);
      return last.ProcessingJobStatus === status;
    });
    assert.ok(last !== undefined);
    return last;
  }

  /** Waits until the engine has this attempt of the job, and the controller has written that. */
  async started(name: string, attempt = 1): Promise<string> {
    const id = `processing-job/${name}/${attempt}`;
    await until(`${id} is started`, async () => {
      const job = await this.resources.store.get('processing-job', name);
      return this.engine.workload(id) !== undefined && job?.status.launchedAt !== undefined;
    });
    return id;
  }

  /** Waits until the workload is cleared away. */
  async cleared(id: string): Promise<void> {
    await until(`${id} is cleared away`, () => this.engine.workload(id) === undefined);
  }
}

export async function processingFixture(
  t: TestContext,
  config: Partial<ServerConfig> = {},
): Promise<ProcessingFixture> {
  const clock = new SteppedClock();
  const engine = new FakeEngine({ now: () => clock.now() });
  const resources = await testResources(t, { engine, clock, config });
  await resources.objects.createBucket('data');
  await resources.objects.put('data', 'raw/part-0.csv', Buffer.from('1,2\n3,4\n'));
  return new ProcessingFixture(t, resources, engine);
}

/** A program of the user's own, with one input and one output. */
export function validRequest(name: string): CreateProcessingJobRequest {
  return {
    ProcessingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/test',
    AppSpecification: { ImageUri: 'rung/host', ContainerEntrypoint: ['true'] },
    ProcessingInputs: [
      {
        InputName: 'data',
        S3Input: { S3Uri: 's3://data/raw', LocalPath: '/opt/ml/processing/input/data', S3DataType: 'S3Prefix' },
      },
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: 'clean',
          S3Output: { S3Uri: 's3://data/clean', LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' },
        },
      ],
    },
    ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 } },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  };
}

import type { CreateTrainingJobRequest, CreateTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { prepareWorkload } from '../../../controllers/training-jobs/prepare-workload.ts';
import { messages } from '../../../controllers/training-jobs/transitions.ts';
import type { Engine } from '../../../engines/engine.ts';
import type { Program } from '../../../engines/workload.ts';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { createResource } from '../create-resource.ts';
import { chooseEngine } from '../choose-engine.ts';
import { alreadyExists, validationError } from '../errors.ts';
import { checkData } from './check-data.ts';
import { checkProgram } from './check-program.ts';
import { checkSource } from './check-source.ts';
import { checkRequest } from './check-request.ts';
import type { TrainingJobState } from './types.ts';

/**
 * Remembers the job and answers at once; the controller runs it. What cannot run is refused here, with every reason.
 * Thrown when the name is taken (ResourceInUse), or when the job could not run (ValidationException).
 */
export async function createTrainingJob(
  resources: ServerResources,
  input: CreateTrainingJobRequest,
  context: RequestContext,
): Promise<CreateTrainingJobResponse> {
  const { clock, store } = resources;
  const name = input.TrainingJobName;
  const arn = makeArn('training-job', name, context);
  if ((await store.get('training-job', name)) !== undefined) throw alreadyExists.trainingJob(arn);
  const engine = await check(resources, input, arn, context.region);

  const { Tags, ...request } = input;
  const now = clock.now();
  const status = firstState(now);
  await createResource(
    store,
    {
      kind: 'training-job',
      name,
      arn,
      spec: { request, engine: engine.name },
      status,
      phase: status.status,
      due: now,
    },
    Tags,
    alreadyExists.trainingJob,
  );
  return { TrainingJobArn: arn };
}

async function check(
  { clock, config, engines, environments, objects }: ServerResources,
  input: CreateTrainingJobRequest,
  arn: string,
  region: string,
): Promise<Engine> {
  const { name, capabilities } = engines.default;
  refuse(checkRequest(input, { engine: name, capabilities, strict: config.strict }));
  const job = { request: input, arn, createdAt: clock.now(), attempt: 1 };
  let program: Program | undefined;
  const engine = await chooseEngine(engines, async (candidate) => {
    const preparation = await prepareWorkload(job, { engine: candidate, environments });
    if (preparation.type === 'refusal') return preparation;
    program = preparation.workload.program;
    return { type: 'able' };
  });
  if (program === undefined) throw new Error('an engine was chosen without a program to run');
  refuse(await checkProgram(input, program));
  refuse(await checkSource(input, program, objects));
  refuse(await checkData(input, objects, region));
  return engine;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw validationError(problems.join(' '));
}

function firstState(now: Date): TrainingJobState {
  const at = now.toISOString();
  return {
    status: 'InProgress',
    secondaryStatus: 'Starting',
    transitions: [{ status: 'Starting', startTime: at, message: messages.starting }],
    attempt: 1,
    finalMetrics: [],
  };
}

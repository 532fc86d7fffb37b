import type { CreateProcessingJobRequest, CreateProcessingJobResponse } from '@rung/wire/types/sagemaker';
import { prepareWorkload } from '../../../controllers/processing-jobs/prepare-workload.ts';
import type { Engine } from '../../../engines/engine.ts';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { missingBuckets, missingData } from '../check-places.ts';
import { chooseEngine } from '../choose-engine.ts';
import { createResource } from '../create-resource.ts';
import { alreadyExists, validationError } from '../errors.ts';
import { checkRequest } from './check-request.ts';
import type { ProcessingJobState } from './types.ts';

/**
 * Remembers the job and answers at once; the controller runs it. What cannot run is refused here, with every reason.
 * Thrown when the name is taken (ResourceInUse), or when the job could not run (ValidationException).
 */
export async function createProcessingJob(
  resources: ServerResources,
  input: CreateProcessingJobRequest,
  context: RequestContext,
): Promise<CreateProcessingJobResponse> {
  const { clock, store } = resources;
  const name = input.ProcessingJobName;
  const arn = makeArn('processing-job', name, context);
  if ((await store.get('processing-job', name)) !== undefined) throw alreadyExists.processingJob(arn);
  const engine = await check(resources, input, arn, context.region);

  const { Tags, ...request } = input;
  const status: ProcessingJobState = { status: 'InProgress', attempt: 1 };
  await createResource(
    store,
    {
      kind: 'processing-job',
      name,
      arn,
      spec: { request, engine: engine.name },
      status,
      phase: status.status,
      due: clock.now(),
    },
    Tags,
    alreadyExists.processingJob,
  );
  return { ProcessingJobArn: arn };
}

async function check(
  { clock, config, engines, environments, objects }: ServerResources,
  input: CreateProcessingJobRequest,
  arn: string,
  region: string,
): Promise<Engine> {
  const { name, capabilities } = engines.default;
  refuse(checkRequest(input, { engine: name, capabilities, strict: config.strict }));
  const job = { request: input, arn, createdAt: clock.now(), attempt: 1 };
  const engine = await chooseEngine(engines, async (candidate) => {
    const preparation = prepareWorkload(job, { engine: candidate, environments });
    return preparation.type === 'refusal' ? preparation : { type: 'able' };
  });
  refuse([
    ...(await missingBuckets(objects, outputPlaces(input))),
    ...(await missingData(objects, dataPlaces(input), { region, role: input.RoleArn })),
  ]);
  return engine;
}

function outputPlaces({ ProcessingOutputConfig: config }: CreateProcessingJobRequest): [string, string][] {
  return (config?.Outputs ?? []).flatMap(({ OutputName, S3Output: to }) =>
    to === undefined ? [] : [[`the S3Uri of output "${OutputName}"`, to.S3Uri]],
  );
}

function dataPlaces({ ProcessingInputs: inputs = [] }: CreateProcessingJobRequest): { uri: string; type: string }[] {
  return inputs.flatMap(({ AppManaged, S3Input: from }) =>
    from === undefined || AppManaged === true ? [] : [{ uri: from.S3Uri, type: from.S3DataType }],
  );
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw validationError(problems.join(' '));
}

/**
 * The catalogue of SageMaker's own refusals. "Not found" and "already exists" are not uniform on AWS: each family has its own code and
 * sentence, and real clients match on both (the `sagemaker` SDK looks for "Could not find" and "Cannot create already existing", the
 * Kubernetes operators for every prefix below). Handlers throw from here and never make a code of their own.
 */
import { WireError } from '@rung/wire';
import type { Refusal } from '../../engines/engine.ts';

/** A request that is well formed and still cannot be served. `reason` says what is wrong and, where there is one, the way out. */
export function validationError(reason: string, cause?: unknown): WireError {
  return new WireError('ValidationException', reason, cause === undefined ? {} : { cause });
}

/** What an engine lacks and which rung has it, as two sentences. */
export function refusalText({ reason, remedy }: Refusal): string {
  return `${sentence(reason)} ${sentence(remedy)}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** What Describe, Stop, Update and Delete answer for a name or ARN that is not there. */
export const notFound = {
  trainingJob: () => validationError('Requested resource not found.'),
  processingJob: () => validationError('Could not find requested job.'),
  transformJob: (name: string) => validationError(`Could not find job to update with name: ${name}.`),
  tuningJob: (name: string) =>
    new WireError(
      'ResourceNotFound',
      `Amazon SageMaker can't find a tuning job with the name ${name}. Check the name and try again.`,
    ),
  endpoint: (arn: string) => validationError(`Could not find endpoint "${arn}".`),
  endpointConfig: (arn: string) => validationError(`Could not find endpoint configuration "${arn}".`),
  model: (arn: string) => validationError(`Could not find model "${arn}".`),
  /** AddTags, ListTags and DeleteTags. */
  taggedResource: (arn: string) =>
    validationError(`Could not find the resource "${arn}". Check the ARN, its region and its account.`),
} as const;

/** What Create answers for a name that is taken. */
export const alreadyExists = {
  trainingJob: (arn: string) =>
    new WireError(
      'ResourceInUse',
      `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
    ),
  processingJob: (arn: string) =>
    new WireError(
      'ResourceInUse',
      `Processing job names must be unique within an AWS account and region, and a processing job with this name already exists (${arn})`,
    ),
  endpoint: (arn: string) => validationError(`Cannot create already existing endpoint "${arn}".`),
  endpointConfig: (arn: string) => validationError(`Cannot create already existing endpoint configuration "${arn}".`),
  model: (arn: string) => validationError(`Cannot create already existing model "${arn}".`),
} as const;

/** What an operation answers when the thing is there, in a state that does not allow it. */
export const wrongState = {
  /** StopTrainingJob and its siblings of a job that has ended. */
  finishedJob: (type: 'training job' | 'processing job' | 'transform job', status: string) =>
    validationError(`The request was rejected because the ${type} is in status ${status}.`),
  /** DeleteTrainingJob and DeleteProcessingJob of a job that still runs. */
  runningJob: (type: 'training job' | 'processing job', status: string) =>
    validationError(
      `The request was rejected because the ${type} is in status ${status}. Stop it and wait until it has ended, then delete it.`,
    ),
  /** UpdateEndpoint, UpdateEndpointWeightsAndCapacities and DeleteEndpoint while Creating or Updating. */
  endpointInProgress: (arn: string) => validationError(`Cannot update in-progress endpoint "${arn}".`),
} as const;

/** A page token that is not one of ours. */
export function invalidNextToken(): WireError {
  return validationError(
    'Invalid NextToken: pass the NextToken of the previous answer unchanged, with the same filters.',
  );
}

/** More than 50 tags on one resource. */
export function tooManyTags(): WireError {
  return new WireError(
    'ResourceLimitExceeded',
    'A resource can have at most 50 tags. Remove some with DeleteTags first.',
  );
}

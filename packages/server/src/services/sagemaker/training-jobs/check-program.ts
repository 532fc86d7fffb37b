/** What CreateTrainingJob refuses because of the program that the job would run. */
import type { Algorithm, ChannelDeclaration } from '@rung/algorithms';
import type { Channel, CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { inputMode } from '../../../controllers/training-jobs/channel-inputs.ts';
import type { Program } from '../../../engines/workload.ts';
import { checkDistribution } from './check-distribution.ts';
import { instanceCount } from './check-instances.ts';

export async function checkProgram(request: CreateTrainingJobRequest, program: Program): Promise<string[]> {
  if (program.type === 'script') return checkDistribution(request, program);
  if (program.type !== 'algorithm') return [];
  const { ClientError, loadAlgorithm, validateHyperparameters } = await import('@rung/algorithms');
  const problems = checkAlgorithm(request, await loadAlgorithm(program.name));
  try {
    await validateHyperparameters(program.name, request.HyperParameters ?? {});
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    problems.push(`ClientError: ${error.message}`);
  }
  return problems;
}

function checkAlgorithm(request: CreateTrainingJobRequest, algorithm: Algorithm): string[] {
  const problems: string[] = [];
  const channels = request.InputDataConfig ?? [];
  for (const { name, required } of algorithm.channels) {
    if (!required || channels.some(({ ChannelName }) => ChannelName === name)) continue;
    problems.push(
      `ClientError: Algorithm ${algorithm.name} needs channel '${name}'. Its channels are: ${namesOf(algorithm)}.`,
    );
  }
  for (const channel of channels) {
    const declared = algorithm.channels.find(({ name }) => name === channel.ChannelName);
    if (declared !== undefined) problems.push(...checkChannel(channel, declared, request));
    else {
      problems.push(
        `ClientError: Additional channels are not allowed ('${channel.ChannelName}' was unexpected). The channels of ${algorithm.name} are: ${namesOf(algorithm)}.`,
      );
    }
  }
  const instances = instanceCount(request);
  if (instances > algorithm.maxInstances) {
    problems.push(
      `Algorithm ${algorithm.name} trains on at most ${algorithm.maxInstances} instance(s), and InstanceCount is ${instances}.`,
    );
  }
  return problems;
}

function checkChannel(channel: Channel, declared: ChannelDeclaration, request: CreateTrainingJobRequest): string[] {
  const problems: string[] = [];
  const type = channel.ContentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && !declared.contentTypes.includes(type)) {
    problems.push(
      `ClientError: Content type "${channel.ContentType}" of channel '${declared.name}' is not supported. Use one of: ${declared.contentTypes.join(', ')}.`,
    );
  }
  const mode = inputMode(channel, request);
  if (!declared.inputModes.includes(mode)) {
    problems.push(
      `ClientError: Input mode ${mode} of channel '${declared.name}' is not supported. Use one of: ${declared.inputModes.join(', ')}.`,
    );
  }
  if (channel.RecordWrapperType === 'RecordIO') {
    problems.push(
      `ClientError: Channel '${declared.name}' has RecordWrapperType RecordIO, which makes each object one record; this algorithm reads the records within the objects. Use None.`,
    );
  }
  return problems;
}

function namesOf({ channels }: Algorithm): string {
  return channels.map(({ name, required }) => (required ? name : `${name} (optional)`)).join(', ');
}

import type { CreateEndpointConfigInput, CreateEndpointConfigOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { ResourceExists } from '../../../store/errors.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { alreadyExists } from '../errors.ts';
import { tagRecord } from '../tags/tag-record.ts';
import { checkEndpointConfig } from './check-endpoint-config.ts';

/** Thrown when the name is taken, a variant's model does not exist, or something is asked for that does not exist yet. */
export async function createEndpointConfig(
  resources: ServerResources,
  input: CreateEndpointConfigInput,
  context: RequestContext,
): Promise<CreateEndpointConfigOutput> {
  await checkEndpointConfig(resources, input, context);
  const arn = makeArn('endpoint-config', input.EndpointConfigName, context);
  const { Tags, ...spec } = input;
  try {
    await resources.store.create({
      kind: 'endpoint-config',
      name: input.EndpointConfigName,
      arn,
      spec,
      status: {},
      phase: '',
      due: null,
      tags: tagRecord(Tags),
    });
  } catch (error) {
    throw error instanceof ResourceExists ? alreadyExists.endpointConfig(error.arn) : error;
  }
  return { EndpointConfigArn: arn };
}

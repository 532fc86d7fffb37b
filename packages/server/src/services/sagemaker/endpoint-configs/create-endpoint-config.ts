import type { CreateEndpointConfigInput, CreateEndpointConfigOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { createResource } from '../create-resource.ts';
import { alreadyExists } from '../errors.ts';
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
  await createResource(
    resources.store,
    { kind: 'endpoint-config', name: input.EndpointConfigName, arn, spec, status: {}, phase: '', due: null },
    Tags,
    alreadyExists.endpointConfig,
  );
  return { EndpointConfigArn: arn };
}

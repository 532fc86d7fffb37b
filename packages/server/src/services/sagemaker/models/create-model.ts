import type { CreateModelInput, CreateModelOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { createResource } from '../create-resource.ts';
import { alreadyExists } from '../errors.ts';
import { checkModel } from './check-model.ts';

/** Thrown when the name is taken, or when the model could not be served here: unknown image, missing artifact, a feature that does not exist yet. */
export async function createModel(
  resources: ServerResources,
  input: CreateModelInput,
  context: RequestContext,
): Promise<CreateModelOutput> {
  await checkModel(resources, input);
  const arn = makeArn('model', input.ModelName, context);
  const { Tags, ...spec } = input;
  await createResource(
    resources.store,
    { kind: 'model', name: input.ModelName, arn, spec, status: {}, phase: '', due: null },
    Tags,
    alreadyExists.model,
  );
  return { ModelArn: arn };
}

import type { DeleteModelInput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';

/** An endpoint that serves the model goes on: it keeps what it resolved. Thrown when there is no such model. */
export async function deleteModel(
  { store }: ServerResources,
  { ModelName }: DeleteModelInput,
  context: RequestContext,
): Promise<Record<string, never>> {
  if (!(await store.remove('model', ModelName))) throw notFound.model(makeArn('model', ModelName, context));
  return {};
}

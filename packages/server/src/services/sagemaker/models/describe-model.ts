import type { DescribeModelInput, DescribeModelOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';

/** Thrown when there is no such model. */
export async function describeModel(
  { store }: ServerResources,
  { ModelName }: DescribeModelInput,
  context: RequestContext,
): Promise<DescribeModelOutput> {
  const model = await store.get('model', ModelName);
  if (model === undefined) throw notFound.model(makeArn('model', ModelName, context));
  return {
    EnableNetworkIsolation: false,
    ...model.spec,
    ModelArn: model.arn,
    CreationTime: model.createdAt,
  };
}

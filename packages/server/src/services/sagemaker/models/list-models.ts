import type { ListModelsInput, ListModelsOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { listPage } from '../list-page.ts';

/** Newest first unless asked otherwise. Thrown when NextToken is not one of ours. */
export async function listModels({ store }: ServerResources, input: ListModelsInput): Promise<ListModelsOutput> {
  const page = await listPage(store, 'model', input);
  const Models = page.items.map((model) => ({
    ModelName: model.name,
    ModelArn: model.arn,
    CreationTime: model.createdAt,
  }));
  return { Models, NextToken: page.next };
}

import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { Handlers } from '../../service.ts';
import { createModel } from './create-model.ts';
import { deleteModel } from './delete-model.ts';
import { describeModel } from './describe-model.ts';
import { listModels } from './list-models.ts';

export function modelHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    CreateModel: (input, context) => createModel(resources, input, context),
    DescribeModel: (input, context) => describeModel(resources, input, context),
    ListModels: (input) => listModels(resources, input),
    DeleteModel: (input, context) => deleteModel(resources, input, context),
  };
}

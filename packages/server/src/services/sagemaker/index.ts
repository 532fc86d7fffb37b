import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { endpointConfigHandlers } from './endpoint-configs/index.ts';
import { endpointHandlers } from './endpoints/index.ts';
import { modelHandlers } from './models/index.ts';
import { processingJobHandlers } from './processing-jobs/index.ts';
import { tagHandlers } from './tags/index.ts';
import { trainingJobHandlers } from './training-jobs/index.ts';

/** The SageMaker control API: every family adds its handlers with one line. */
export function sagemakerService(resources: ServerResources): Service {
  const handlers: Handlers<SagemakerOperations> = {
    ...tagHandlers(resources),
    ...trainingJobHandlers(resources),
    ...processingJobHandlers(resources),
    ...modelHandlers(resources),
    ...endpointConfigHandlers(resources),
    ...endpointHandlers(resources),
  };
  return { name: 'sagemaker', handlers };
}

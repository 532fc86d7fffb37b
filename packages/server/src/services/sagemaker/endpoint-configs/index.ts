import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { Handlers } from '../../service.ts';
import { createEndpointConfig } from './create-endpoint-config.ts';
import { deleteEndpointConfig } from './delete-endpoint-config.ts';
import { describeEndpointConfig } from './describe-endpoint-config.ts';
import { listEndpointConfigs } from './list-endpoint-configs.ts';

export function endpointConfigHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    CreateEndpointConfig: (input, context) => createEndpointConfig(resources, input, context),
    DescribeEndpointConfig: (input, context) => describeEndpointConfig(resources, input, context),
    ListEndpointConfigs: (input) => listEndpointConfigs(resources, input),
    DeleteEndpointConfig: (input, context) => deleteEndpointConfig(resources, input, context),
  };
}

import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { Handlers } from '../../service.ts';
import { createEndpoint } from './create-endpoint.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { listEndpoints } from './list-endpoints.ts';
import { updateEndpointWeightsAndCapacities } from './update-endpoint-weights-and-capacities.ts';
import { updateEndpoint } from './update-endpoint.ts';

export function endpointHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    CreateEndpoint: (input, context) => createEndpoint(resources, input, context),
    DescribeEndpoint: (input, context) => describeEndpoint(resources, input, context),
    ListEndpoints: (input) => listEndpoints(resources, input),
    UpdateEndpoint: (input, context) => updateEndpoint(resources, input, context),
    UpdateEndpointWeightsAndCapacities: (input, context) =>
      updateEndpointWeightsAndCapacities(resources, input, context),
    DeleteEndpoint: (input, context) => deleteEndpoint(resources, input, context),
  };
}

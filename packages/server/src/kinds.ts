/**
 * Every kind of resource with the types of its spec and status. A new family adds one line here and one folder under
 * `services/sagemaker/`. Specs and statuses are plain JSON (dates are kept as ISO strings), so any store can hold them.
 */
import type { IamRoleTypes } from './services/iam/types.ts';
import type { EndpointConfigTypes } from './services/sagemaker/endpoint-configs/types.ts';
import type { EndpointTypes } from './services/sagemaker/endpoints/types.ts';
import type { ModelTypes } from './services/sagemaker/models/types.ts';
import type { ProcessingJobTypes } from './services/sagemaker/processing-jobs/types.ts';
import type { TrainingJobTypes } from './services/sagemaker/training-jobs/types.ts';

export interface KindTypes {
  'training-job': TrainingJobTypes;
  'processing-job': ProcessingJobTypes;
  model: ModelTypes;
  'endpoint-config': EndpointConfigTypes;
  endpoint: EndpointTypes;
  'iam-role': IamRoleTypes;
}

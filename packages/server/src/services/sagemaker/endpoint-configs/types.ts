import type { CreateEndpointConfigInput } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';

/** An endpoint configuration is only remembered; nothing about it changes after Create. */
export interface EndpointConfigTypes {
  /** Tags are kept apart. */
  spec: Omit<Json<CreateEndpointConfigInput>, 'Tags'>;
  status: Record<string, never>;
}

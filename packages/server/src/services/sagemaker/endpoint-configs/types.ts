import type { CreateEndpointConfigInput } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';

/** An endpoint configuration is only remembered; nothing about it changes after Create. */
export interface EndpointConfigTypes {
  spec: Json<CreateEndpointConfigInput>;
  status: Record<string, never>;
}

import type { CreateModelInput } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';

/** A model is only remembered; nothing about it changes after Create. */
export interface ModelTypes {
  /** Tags are kept apart. */
  spec: Omit<Json<CreateModelInput>, 'Tags'>;
  status: Record<string, never>;
}

import type { Tag } from '@rung/wire/types/sagemaker';

/** The tags of a request as the store keeps them; of two with one key the later counts. */
export function tagRecord(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

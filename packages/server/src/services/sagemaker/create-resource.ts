import type { WireError } from '@rung/wire';
import type { Tag } from '@rung/wire/types/sagemaker';
import { ResourceExists, TooManyTags } from '../../store/errors.ts';
import type { Kind, ResourceDraft } from '../../store/resource.ts';
import type { Store } from '../../store/store.ts';
import { tooManyTags } from './errors.ts';
import { tagRecord } from './tags/tag-record.ts';

/**
 * Remembers what a Create asked for, with its tags. Of two Creates of one name at the same moment exactly one gets through.
 * @param taken the family's own refusal of a name that is taken, by the ARN that has it.
 */
export async function createResource<K extends Kind>(
  store: Store,
  draft: Omit<ResourceDraft<K>, 'tags'>,
  tags: readonly Tag[] | undefined,
  taken: (arn: string) => WireError,
): Promise<void> {
  try {
    await store.create({ ...draft, tags: tagRecord(tags) });
  } catch (error) {
    if (error instanceof ResourceExists) throw taken(error.arn);
    throw error instanceof TooManyTags ? tooManyTags() : error;
  }
}

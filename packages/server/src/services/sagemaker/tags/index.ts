import type {
  AddTagsInput,
  AddTagsOutput,
  DeleteTagsInput,
  ListTagsInput,
  ListTagsOutput,
  SagemakerOperations,
} from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { TooManyTags, UnknownArn } from '../../../store/errors.ts';
import type { Handlers } from '../../service.ts';
import { invalidNextToken, notFound, tooManyTags } from '../errors.ts';
import { tagRecord } from './tag-record.ts';

/** AddTags, ListTags and DeleteTags work on the ARN of any resource. */
export function tagHandlers(resources: ServerResources): Handlers<SagemakerOperations> {
  return {
    AddTags: (input) => addTags(resources, input),
    ListTags: (input) => listTags(resources, input),
    DeleteTags: (input) => deleteTags(resources, input),
  };
}

/** Adds or replaces. Thrown when no resource has the ARN, or when it would carry more than 50 tags. */
async function addTags({ store }: ServerResources, { ResourceArn, Tags }: AddTagsInput): Promise<AddTagsOutput> {
  try {
    await store.tags.put(ResourceArn, tagRecord(Tags));
  } catch (error) {
    if (error instanceof UnknownArn) throw notFound.taggedResource(ResourceArn);
    throw error instanceof TooManyTags ? tooManyTags() : error;
  }
  return { Tags: asTags(await store.tags.get(ResourceArn)) };
}

/** By key; MaxResults defaults to 50, which is all that a resource can have. Thrown when no resource has the ARN. */
async function listTags(
  { store }: ServerResources,
  { ResourceArn, NextToken, MaxResults = 50 }: ListTagsInput,
): Promise<ListTagsOutput> {
  if ((await store.getByArn(ResourceArn)) === undefined) throw notFound.taggedResource(ResourceArn);
  const tags = asTags(await store.tags.get(ResourceArn));
  const after = NextToken === undefined ? undefined : keyOf(NextToken);
  const rest =
    after === undefined ? tags : tags.filter(({ Key }) => Buffer.compare(Buffer.from(Key), Buffer.from(after)) > 0);
  const page = rest.slice(0, MaxResults);
  const last = page.at(-1);
  return { Tags: page, ...(last !== undefined && page.length < rest.length && { NextToken: tokenOf(last.Key) }) };
}

/** Keys that are not there are no error. Thrown when no resource has the ARN. */
async function deleteTags(
  { store }: ServerResources,
  { ResourceArn, TagKeys }: DeleteTagsInput,
): Promise<Record<string, never>> {
  if ((await store.getByArn(ResourceArn)) === undefined) throw notFound.taggedResource(ResourceArn);
  await store.tags.remove(ResourceArn, TagKeys);
  return {};
}

function asTags(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.Key), Buffer.from(b.Key)));
}

/** The last key shown, so that changes between two pages neither repeat a tag nor skip one. */
function tokenOf(key: string): string {
  return Buffer.from(JSON.stringify({ after: key })).toString('base64url');
}

function keyOf(token: string): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof parsed === 'object' && parsed !== null && 'after' in parsed && typeof parsed.after === 'string')
      return parsed.after;
  } catch {
    // Not JSON: not one of ours, as said below.
  }
  throw invalidNextToken();
}

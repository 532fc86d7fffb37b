import type { ServerResources } from '../../resources.ts';
import { InvalidToken } from '../../store/errors.ts';
import type { Kind, Resource } from '../../store/resource.ts';
import type { ListQuery, Page } from '../../store/store.ts';
import { invalidNextToken } from './errors.ts';

/** What every List operation of SageMaker may ask. */
export interface ListInput {
  readonly NameContains?: string | undefined;
  readonly StatusEquals?: string | undefined;
  readonly CreationTimeAfter?: Date | undefined;
  readonly CreationTimeBefore?: Date | undefined;
  readonly LastModifiedTimeAfter?: Date | undefined;
  readonly LastModifiedTimeBefore?: Date | undefined;
  readonly SortBy?: 'Name' | 'CreationTime' | 'LastModifiedTime' | 'Status' | undefined;
  readonly SortOrder?: 'Ascending' | 'Descending' | undefined;
  readonly NextToken?: string | undefined;
  /** 1 to 100. Default 10. */
  readonly MaxResults?: number | undefined;
}

const sortKeys = { Name: 'name', CreationTime: 'created', LastModifiedTime: 'modified', Status: 'phase' } as const;

/** One page of a kind. Thrown when NextToken is not one of ours. */
export async function listPage<K extends Kind>(
  store: ServerResources['store'],
  kind: K,
  input: ListInput,
): Promise<Page<Resource<K>>> {
  try {
    return await store.list(kind, compileQuery(input));
  } catch (error) {
    throw error instanceof InvalidToken ? invalidNextToken() : error;
  }
}

function compileQuery(input: ListInput): ListQuery {
  return {
    sortBy: sortKeys[input.SortBy ?? 'CreationTime'],
    order: input.SortOrder === 'Ascending' ? 'ascending' : 'descending',
    limit: input.MaxResults ?? 10,
    ...(input.NameContains !== undefined && { nameContains: input.NameContains }),
    ...(input.StatusEquals !== undefined && { phase: input.StatusEquals }),
    ...(input.CreationTimeAfter !== undefined && { createdAfter: input.CreationTimeAfter }),
    ...(input.CreationTimeBefore !== undefined && { createdBefore: input.CreationTimeBefore }),
    ...(input.LastModifiedTimeAfter !== undefined && { modifiedAfter: input.LastModifiedTimeAfter }),
    ...(input.LastModifiedTimeBefore !== undefined && { modifiedBefore: input.LastModifiedTimeBefore }),
    ...(input.NextToken !== undefined && { token: input.NextToken }),
  };
}

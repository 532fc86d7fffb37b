/** Compiles a {@link ListQuery} to SQL that walks exactly one index, in the order asked for. */
import { type Kysely, sql } from 'kysely';
import type { ListQuery, Page } from '../store.ts';
import { decodePageToken, encodePageToken, type SortKey } from '../page-token.ts';
import type { Kind, Resource } from '../resource.ts';
import { toResource } from './rows.ts';
import type { ResourceRow, StoreSchema } from './schema.ts';

/** Asks for one row more than the page holds, to know whether there is a next page. */
export function listQuery(db: Kysely<StoreSchema>, kind: Kind, query: ListQuery) {
  const { columns, sample, index, direction, name } = orderOf(query);
  // The planner has no statistics to choose by; the order decides which index serves.
  const table = sql<ResourceRow>`resource`.as<'r'>(sql`r indexed by ${sql.ref(index)}`);
  let select = db.selectFrom(table).selectAll().where('kind', '=', kind);
  if (query.phase !== undefined) select = select.where('phase', '=', query.phase);
  if (query.parent !== undefined) select = select.where('parent', '=', query.parent);
  if (query.createdAfter) select = select.where('created', '>', query.createdAfter.getTime());
  if (query.createdBefore) select = select.where('created', '<', query.createdBefore.getTime());
  if (query.modifiedAfter) select = select.where('modified', '>', query.modifiedAfter.getTime());
  if (query.modifiedBefore) select = select.where('modified', '<', query.modifiedBefore.getTime());
  if (query.nameContains !== undefined) select = select.where(sql<boolean>`instr(name, ${query.nameContains}) > 0`);
  if (query.token !== undefined) {
    const key = decodePageToken(query.token, name, sample);
    const comparison = sql.raw(direction === 'asc' ? '>' : '<');
    select = select.where(
      sql<boolean>`(${sql.join(columns.map((column) => sql.ref(column)))}) ${comparison} (${sql.join(key)})`,
    );
  }
  for (const column of columns) select = select.orderBy(column, direction);
  return select.limit(query.limit + 1);
}

export function toPage<K extends Kind>(rows: readonly ResourceRow[], query: ListQuery): Page<Resource<K>> {
  const shown = rows.slice(0, query.limit);
  const items = shown.map((row) => toResource<K>(row));
  const last = shown.at(-1);
  if (rows.length <= query.limit || !last) return { items };
  const { columns, name } = orderOf(query);
  return {
    items,
    next: encodePageToken(
      name,
      columns.map((column) => last[column]),
    ),
  };
}

type SortColumn = 'name' | 'created' | 'modified' | 'phase';

interface Order {
  /** Names the order in tokens. */
  name: string;
  /** `name` is unique within a kind and makes the order total. */
  columns: readonly SortColumn[];
  /** A key with the types of the columns. */
  sample: SortKey;
  index: string;
  direction: 'asc' | 'desc';
}

function orderOf(query: ListQuery): Order {
  const sortBy = query.sortBy ?? 'created';
  const direction = query.order === 'ascending' ? 'asc' : 'desc';
  return { ...ORDERS[sortBy], name: `${sortBy}-${direction}`, index: indexFor(sortBy, query), direction };
}

const ORDERS = {
  name: { columns: ['name'], sample: [''] },
  created: { columns: ['created', 'name'], sample: [0, ''] },
  modified: { columns: ['modified', 'name'], sample: [0, ''] },
  phase: { columns: ['phase', 'created', 'name'], sample: ['', 0, ''] },
} as const satisfies Record<SortColumn, Pick<Order, 'columns' | 'sample'>>;

function indexFor(sortBy: SortColumn, query: ListQuery): string {
  // A parent has few children: sorting them is cheaper than walking everybody's.
  if (query.parent !== undefined) return 'resource_parent';
  if (sortBy === 'created' && query.phase !== undefined) return 'resource_phase';
  return `resource_${sortBy}`;
}

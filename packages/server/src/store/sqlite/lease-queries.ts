/** The prepared statements behind claim, renew, commit, release and nextDue. */
import { sql } from 'kysely';
import type { SqliteFile } from './database.ts';
import type { StoreSchema } from './schema.ts';

export type LeaseQueries = ReturnType<typeof leaseQueries>;

export function leaseQueries(file: SqliteFile<StoreSchema>) {
  const db = file.query;
  const noLease = { lease_owner: null, lease_token: null, lease_expires: null };
  return {
    claim: file.prepare(['kind', 'now', 'owner', 'expires', 'limit'], (p) =>
      db
        .updateTable('resource')
        .set({ lease_owner: p.owner, lease_token: sql<string>`lower(hex(randomblob(16)))`, lease_expires: p.expires })
        .where('kind', '=', p.kind)
        .where('name', 'in', (rows) =>
          rows
            .selectFrom('resource')
            .select('name')
            .where('kind', '=', p.kind)
            .where('due', '<=', p.now)
            .where((free) => free.or([free('lease_expires', 'is', null), free('lease_expires', '<=', p.now)]))
            .orderBy('due')
            .limit(p.limit),
        )
        .returningAll(),
    ),

    renew: file.prepare(['kind', 'name', 'token', 'expires'], (p) =>
      db
        .updateTable('resource')
        .set({ lease_expires: p.expires })
        .where('kind', '=', p.kind)
        .where('name', '=', p.name)
        .where('lease_token', '=', p.token),
    ),

    commit: file.prepare(
      ['kind', 'name', 'token', 'version', 'spec', 'status', 'phase', 'modified', 'setDue', 'due'],
      (p) =>
        db
          .updateTable('resource')
          .set({
            spec: sql<string>`coalesce(${p.spec}, spec)`,
            status: sql<string>`coalesce(${p.status}, status)`,
            phase: sql<string>`coalesce(${p.phase}, phase)`,
            modified: sql<number>`coalesce(${p.modified}, modified)`,
            due: sql<number | null>`iif(${p.setDue}, ${p.due}, due)`,
            version: sql<number>`version + 1`,
            ...noLease,
          })
          .where('kind', '=', p.kind)
          .where('name', '=', p.name)
          .where('version', '=', p.version)
          .where('lease_token', '=', p.token)
          .returningAll(),
    ),

    /** A handler that wrote after the claim has the last word on when the row is due. */
    release: file.prepare(['kind', 'name', 'token', 'version', 'due'], (p) =>
      db
        .updateTable('resource')
        .set({ due: sql<number | null>`iif(version = ${p.version}, coalesce(${p.due}, due), due)`, ...noLease })
        .where('kind', '=', p.kind)
        .where('name', '=', p.name)
        .where('lease_token', '=', p.token),
    ),

    releaseAll: file.prepare(['owner'], (p) =>
      db
        .updateTable('resource')
        .set(noLease)
        .where('lease_expires', 'is not', null)
        .where('lease_owner', '=', p.owner)
        .returning(['kind', 'name']),
    ),

    nextFree: file.prepare(['kind'], (p) =>
      db
        .selectFrom('resource')
        .select('due as at')
        .where('kind', '=', p.kind)
        .where('due', 'is not', null)
        .where('lease_expires', 'is', null)
        .orderBy('due')
        .limit(1),
    ),

    nextLeased: file.prepare(['kind'], (p) =>
      db
        .selectFrom('resource')
        .select(sql<number | null>`min(max(due, lease_expires))`.as('at'))
        .where('kind', '=', p.kind)
        .where('lease_expires', 'is not', null)
        .where('due', 'is not', null),
    ),
  };
}

/** The prepared statements that read and write whole resources. */
import { sql } from 'kysely';
import type { SqliteFile } from './database.ts';
import type { StoreSchema } from './schema.ts';

export type ResourceQueries = ReturnType<typeof resourceQueries>;

export function resourceQueries(file: SqliteFile<StoreSchema>) {
  const db = file.query;
  return {
    insert: file.prepare(['kind', 'name', 'arn', 'phase', 'parent', 'now', 'due', 'spec', 'status'], (p) =>
      db.insertInto('resource').values({
        kind: p.kind,
        name: p.name,
        arn: p.arn,
        phase: p.phase,
        parent: p.parent,
        version: 1,
        created: p.now,
        modified: p.now,
        due: p.due,
        spec: p.spec,
        status: p.status,
      }),
    ),

    get: file.prepare(['kind', 'name'], (p) =>
      db.selectFrom('resource').selectAll().where('kind', '=', p.kind).where('name', '=', p.name),
    ),

    getByArn: file.prepare(['arn'], (p) => db.selectFrom('resource').selectAll().where('arn', '=', p.arn)),

    update: file.prepare(['kind', 'name', 'spec', 'status', 'phase', 'modified', 'setDue', 'due'], (p) =>
      db
        .updateTable('resource')
        .set({
          spec: sql<string>`coalesce(${p.spec}, spec)`,
          status: sql<string>`coalesce(${p.status}, status)`,
          phase: sql<string>`coalesce(${p.phase}, phase)`,
          modified: sql<number>`coalesce(${p.modified}, modified)`,
          due: sql<number | null>`iif(${p.setDue}, ${p.due}, due)`,
          version: sql<number>`version + 1`,
        })
        .where('kind', '=', p.kind)
        .where('name', '=', p.name)
        .returningAll(),
    ),

    remove: file.prepare(['kind', 'name'], (p) =>
      db.deleteFrom('resource').where('kind', '=', p.kind).where('name', '=', p.name),
    ),
  };
}

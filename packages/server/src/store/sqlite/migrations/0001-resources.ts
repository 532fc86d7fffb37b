import { type Kysely, type Migration, sql } from 'kysely';

/** Resources and their tags. */
export const resources: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table resource (
        kind text not null,
        name text not null,
        arn text not null unique,
        phase text not null,
        parent text,
        version integer not null,
        created integer not null,
        modified integer not null,
        due integer,
        lease_owner text,
        lease_token text,
        lease_expires integer,
        spec text not null,
        status text not null,
        unique (kind, name)
      ) strict`.execute(db);

    // One index for each order of a list. Each carries every column that a list filters by, so that a filter that no index can
    // narrow (part of a name) reads the index only and never the rows it passes over. `name` makes each order total.
    await sql`create index resource_created on resource (kind, created, name, phase, modified, parent)`.execute(db);
    await sql`create index resource_modified on resource (kind, modified, name, phase, created, parent)`.execute(db);
    await sql`create index resource_name on resource (kind, name, phase, created, modified, parent)`.execute(db);
    await sql`create index resource_phase on resource (kind, phase, created, name, modified, parent)`.execute(db);
    await sql`create index resource_parent on resource (kind, parent, created, name, phase, modified) where parent is not null`.execute(
      db,
    );

    // Rows at rest are in neither, so both stay as small as the work at hand.
    await sql`create index resource_due on resource (kind, due, lease_expires) where due is not null`.execute(db);
    await sql`create index resource_lease on resource (kind, lease_expires) where lease_expires is not null`.execute(
      db,
    );

    await sql`
      create table tag (
        arn text not null references resource (arn) on delete cascade,
        key text not null,
        value text not null,
        primary key (arn, key)
      ) strict, without rowid`.execute(db);
  },
};

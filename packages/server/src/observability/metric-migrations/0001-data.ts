import { type Kysely, type Migration, sql } from 'kysely';

/** Series and their data. Times are milliseconds since the epoch. */
export const data: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table series (
        id integer primary key,
        namespace text not null,
        name text not null,
        dimensions text not null,
        unique (namespace, name, dimensions)
      ) strict`.execute(db);
    await sql`
      create table datum (
        series integer not null,
        time integer not null,
        sum real not null,
        count real not null,
        min real not null,
        max real not null,
        unit text
      ) strict`.execute(db);
    await sql`create index datum_series_time on datum (series, time)`.execute(db);
  },
};

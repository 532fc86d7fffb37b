/** Kysely's SQLite dialect over Node's own SQLite. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { SqliteDialect } from 'kysely';

export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({
    database: {
      // Whoever opened the database closes it.
      close: () => undefined,
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...sqlValues(parameters)),
          run: (parameters) => statement.run(...sqlValues(parameters)),
          iterate: (parameters) => statement.iterate(...sqlValues(parameters)),
        };
      },
    },
  });
}

export function sqlValues(parameters: readonly unknown[]): SQLInputValue[] {
  // Safe: kysely's table types admit only strings, numbers and null, and SQLite refuses any other value.
  return parameters as SQLInputValue[];
}

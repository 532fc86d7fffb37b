/** One SQLite file: opened with its pragmas, migrated, and asked synchronously with queries that kysely writes. */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type Compilable, Kysely, type Migration, Migrator, type RawBuilder, sql } from 'kysely';
import { StoreUnavailable } from '../errors.ts';
import { nodeSqliteDialect, sqlValues } from './dialect.ts';
import { sqliteFailure } from './failure.ts';

export interface OpenOptions {
  file: string;
  /** `full`: a commit is on disk when it returns. `normal`: a crash of the machine may lose the last commits. */
  synchronous: 'full' | 'normal';
  /** By name, in the order of their names; never edited once released. */
  migrations: Readonly<Record<string, Migration>>;
}

export async function openDatabase<Schema>(options: OpenOptions): Promise<SqliteFile<Schema>> {
  const { file } = options;
  let database: DatabaseSync | undefined;
  try {
    // Made here so that nobody else may read it: SQLite gives its side files the same mode.
    closeSync(openSync(file, 'a', 0o600));
    database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    database.exec(
      `pragma journal_mode = wal; pragma synchronous = ${options.synchronous}; pragma cache_size = -32768;`,
    );
    await migrate(database, options);
    return new SqliteFile<Schema>(file, database);
  } catch (error) {
    if (database?.isOpen) database.close();
    throw openFailure(error, file);
  }
}

/** Also the longest time that a call waits for another process, e.g. a backup tool. */
const BUSY_TIMEOUT_MS = 5_000;

export class SqliteFile<Schema> {
  /** Writes queries; runs none. */
  readonly query: Kysely<Schema>;
  readonly #file: string;
  readonly #database: DatabaseSync;

  constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.query = new Kysely<Schema>({ dialect: nodeSqliteDialect(database) });
  }

  /** Runs a query that is built anew each time. */
  all<Row>(query: Compilable<Row>): Row[] {
    return this.#guard(() => {
      const compiled = query.compile();
      // Safe: kysely derives Row from the query it compiled.
      return this.#database.prepare(compiled.sql).all(...sqlValues(compiled.parameters)) as Row[];
    });
  }

  /** Compiles a query once; each run gives values to the named places. */
  prepare<const Name extends string, Row>(
    names: readonly Name[],
    build: (places: Places<Name>) => Compilable<Row>,
  ): PreparedQuery<Name, Row> {
    const places = Object.fromEntries(names.map((name) => [name, sql<never>`${new Place(name)}`]));
    // Safe: one entry was made for each name.
    const compiled = build(places as Places<Name>).compile();
    const statement = this.#guard(() => this.#database.prepare(compiled.sql));
    return new PreparedQuery(statement, compiled.parameters, (work) => this.#guard(work));
  }

  /** Commits what `work` wrote, or nothing when it throws. Synchronous: no other call comes between. */
  transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec('begin immediate');
      try {
        const result = work();
        this.#database.exec('commit');
        return result;
      } catch (error) {
        // After some failures, a full disk among them, SQLite has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec('rollback');
        throw error;
      }
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteFailure(error, this.#file);
    }
  }
}

/** Where a prepared query takes its values; fits a column of any type. */
export type Places<Name extends string> = Readonly<Record<Name, RawBuilder<never>>>;

class Place {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class PreparedQuery<Name extends string, Row> {
  readonly #statement: StatementSync;
  readonly #parameters: readonly unknown[];
  readonly #guard: <T>(work: () => T) => T;

  constructor(statement: StatementSync, parameters: readonly unknown[], guard: <T>(work: () => T) => T) {
    this.#statement = statement;
    this.#parameters = parameters;
    this.#guard = guard;
  }

  all(values: Readonly<Record<Name, SQLInputValue>>): Row[] {
    // Safe: kysely derives Row from the query it compiled.
    return this.#guard(() => this.#statement.all(...this.#bind(values)) as Row[]);
  }

  first(values: Readonly<Record<Name, SQLInputValue>>): Row | undefined {
    // Safe: as above; SQLite answers undefined when there is no row.
    return this.#guard(() => this.#statement.get(...this.#bind(values)) as Row | undefined);
  }

  /** The number of rows written. */
  run(values: Readonly<Record<Name, SQLInputValue>>): number {
    return this.#guard(() => Number(this.#statement.run(...this.#bind(values)).changes));
  }

  #bind(values: Readonly<Record<string, SQLInputValue>>): SQLInputValue[] {
    return sqlValues(
      this.#parameters.map((parameter) => (parameter instanceof Place ? values[parameter.name] : parameter)),
    );
  }
}

async function migrate(database: DatabaseSync, { migrations }: OpenOptions): Promise<void> {
  const migrator = new Migrator({
    db: new Kysely<unknown>({ dialect: nodeSqliteDialect(database) }),
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  // Kysely runs SQLite's migrations outside a transaction; a crash in the middle must leave the old schema.
  database.exec('begin exclusive');
  try {
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    database.exec('commit');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

function openFailure(error: unknown, file: string): unknown {
  if (error instanceof Error && error.message.includes('previously executed migration')) {
    const text = 'a newer version of Rung wrote this database. Start that version, or use another state folder.';
    return new StoreUnavailable('newer-version', `${file}: ${text}`, { cause: error });
  }
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    const text = 'the database may not be written by this user. Check the permissions of the file and its folder.';
    return new StoreUnavailable('read-only', `${file}: ${text}`, { cause: error });
  }
  if (error.code === 'ENOSPC')
    return new StoreUnavailable('full', `${file}: the disk is full. Free some space.`, { cause: error });
  if (error.code === 'ENOENT') {
    return new StoreUnavailable('input-output', `${file}: its folder does not exist.`, { cause: error });
  }
  return sqliteFailure(error, file);
}

/**
 * What the store knows of its objects beside their bytes: a SQLite file, ordered by the UTF-8 bytes of the keys, so that a page of a listing
 * costs the same in a bucket of a hundred and of ten million objects, and never more memory than the page.
 *
 * Statements run on the calling thread and take microseconds; they do not wait for the disk. What must last calls {@link ObjectIndex.flush}.
 */
import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { BucketInfo, ObjectInfo } from '../object-store.ts';
import { SharedFlush } from './durable.ts';
import type { Place } from './placement.ts';

/** What describes an object and does not follow from its file. */
export type Description = Omit<ObjectInfo, 'key' | 'size' | 'etag' | 'modifiedAt'>;

export interface ObjectEntry {
  key: string;
  place: Place;
  size: number;
  /** Of the file, in microseconds; with the size, how an edit by another program is noticed. */
  modifiedUs: number;
  etag: string;
  description: Description;
}

/** A change that is about to be made to a file: after a crash, the file tells whether it was. */
export type Intent = { change: 'put'; inode: string; entry: ObjectEntry } | { change: 'delete' };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key BLOB NOT NULL, place TEXT NOT NULL, size INTEGER NOT NULL, modified_us INTEGER NOT NULL,
    etag TEXT NOT NULL, description TEXT NOT NULL, PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS intents (
    bucket TEXT NOT NULL, key BLOB NOT NULL, intent TEXT NOT NULL, PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key BLOB NOT NULL, created_ms INTEGER NOT NULL, options TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, created_ms);
  CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, part INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified_ms INTEGER NOT NULL, checksum TEXT, PRIMARY KEY (upload, part)
  ) STRICT, WITHOUT ROWID;
`;

export class ObjectIndex {
  readonly database: DatabaseSync;
  readonly #log: number;
  readonly #flushes: SharedFlush;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    // NORMAL leaves the flush of the write-ahead log to us: flush() does it off this thread, and once for all who wait.
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
    this.database.exec(SCHEMA);
    this.#log = openSync(`${file}-wal`, 'r+');
    this.#flushes = new SharedFlush(() => promisify(fsync)(this.#log));
  }

  /** Resolves when everything written so far survives a power cut. */
  flush(): Promise<void> {
    return this.#flushes.request();
  }

  close(): void {
    if (!this.database.isOpen) return;
    closeSync(this.#log);
    this.database.close();
  }

  /** All of `change` or nothing of it. */
  atomically<T>(change: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself has rolled back already after some errors, e.g. a full disk.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }

  bucket(name: string): BucketInfo | undefined {
    const row = this.prepare('SELECT created_ms FROM buckets WHERE name = ?').get(name);
    return row && { name, createdAt: new Date(Number(row['created_ms'])) };
  }

  buckets(): BucketInfo[] {
    const rows = this.prepare('SELECT name, created_ms FROM buckets ORDER BY name').all();
    return rows.map((row) => ({ name: String(row['name']), createdAt: new Date(Number(row['created_ms'])) }));
  }

  addBucket(bucket: BucketInfo): void {
    this.prepare('INSERT INTO buckets (name, created_ms) VALUES (?, ?)').run(bucket.name, bucket.createdAt.getTime());
  }

  removeBucket(name: string): void {
    this.prepare('DELETE FROM buckets WHERE name = ?').run(name);
  }

  /** Also while the first object is on its way. */
  bucketInUse(name: string): boolean {
    const sql =
      'SELECT EXISTS (SELECT 1 FROM objects WHERE bucket = ?1) OR EXISTS (SELECT 1 FROM intents WHERE bucket = ?1) AS used';
    return this.prepare(sql).get(name)?.['used'] === 1;
  }

  object(bucket: string, key: string): ObjectEntry | undefined {
    const sql = 'SELECT key, place, size, modified_us, etag, description FROM objects WHERE bucket = ? AND key = ?';
    const row = this.prepare(sql).get(bucket, keyBytes(key));
    return row && entryOf(row);
  }

  /** Up to `limit` objects, `from` (inclusive) to `to` (exclusive), in key order. */
  range(bucket: string, from: Uint8Array, to: Uint8Array | undefined, limit: number): ObjectEntry[] {
    const select = 'SELECT key, place, size, modified_us, etag, description FROM objects WHERE bucket = ? AND key >= ?';
    const rows =
      to === undefined
        ? this.prepare(`${select} ORDER BY key LIMIT ?`).all(bucket, from, limit)
        : this.prepare(`${select} AND key < ? ORDER BY key LIMIT ?`).all(bucket, from, to, limit);
    return rows.map(entryOf);
  }

  putObject(bucket: string, entry: ObjectEntry): void {
    const sql =
      'INSERT OR REPLACE INTO objects (bucket, key, place, size, modified_us, etag, description) VALUES (?, ?, ?, ?, ?, ?, ?)';
    const { key, place, size, modifiedUs, etag, description } = entry;
    this.prepare(sql).run(bucket, keyBytes(key), place, size, modifiedUs, etag, JSON.stringify(description));
  }

  removeObject(bucket: string, key: string): void {
    this.prepare('DELETE FROM objects WHERE bucket = ? AND key = ?').run(bucket, keyBytes(key));
  }

  putIntent(bucket: string, key: string, intent: Intent): void {
    this.prepare('INSERT OR REPLACE INTO intents (bucket, key, intent) VALUES (?, ?, ?)').run(
      bucket,
      keyBytes(key),
      JSON.stringify(intent),
    );
  }

  removeIntent(bucket: string, key: string): void {
    this.prepare('DELETE FROM intents WHERE bucket = ? AND key = ?').run(bucket, keyBytes(key));
  }

  intents(): { bucket: string; key: string; intent: Intent }[] {
    return this.prepare('SELECT bucket, key, intent FROM intents')
      .all()
      .map((row) => ({
        bucket: String(row['bucket']),
        key: keyText(row['key']),
        // Written by putIntent only.
        intent: JSON.parse(String(row['intent'])) as Intent,
      }));
  }
}

export function keyBytes(key: string): Uint8Array {
  return Buffer.from(key);
}

export function keyText(value: SQLOutputValue | undefined): string {
  if (!(value instanceof Uint8Array)) throw new Error('The index of objects is damaged: a key is not bytes.');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}

function entryOf(row: Record<string, SQLOutputValue>): ObjectEntry {
  return {
    key: keyText(row['key']),
    place: row['place'] === 'own-path' ? 'own-path' : 'unnamed',
    size: Number(row['size']),
    modifiedUs: Number(row['modified_us']),
    etag: String(row['etag']),
    // Written by putObject only.
    description: JSON.parse(String(row['description'])) as Description,
  };
}

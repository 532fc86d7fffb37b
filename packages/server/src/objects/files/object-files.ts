/**
 * Moves objects in and out of sight, so that at any instant, also after a crash, each key has its old bytes with their description or its new
 * bytes with theirs:
 * 1. the new bytes lie complete in a temporary file, flushed;
 * 2. the index gets an intent that names that file (its inode) and carries the new description, flushed;
 * 3. in one synchronous step, that nothing else of this process can see the middle of: rename, then the index's entry replaces the intent;
 * 4. the folder is flushed, and the write is acknowledged.
 * After a crash between 2 and 4 {@link ObjectFiles.recover} finds the intent and asks the file under the key's path which of the two it is.
 */
import { closeSync, fstatSync, lstatSync, openSync, renameSync, unlinkSync, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { noSuchBucket } from '../object-store-error.ts';
import { DirectoryFlushes } from './durable.ts';
import type { DiskReserve } from './disk-reserve.ts';
import type { ScratchFile } from './draft.ts';
import { KeyLocks } from './key-locks.ts';
import type { Description, ObjectEntry, ObjectIndex } from './object-index.ts';
import { cannotBePath, type Place, type Placement } from './placement.ts';

/** Complete bytes in a temporary file that nobody else knows, not yet an object. */
export interface Draft extends ScratchFile {
  size: number;
  etag: string;
  description: Description;
}

export interface OpenObject {
  entry: ObjectEntry;
  descriptor: number;
  /** Another program changed the file since it was put. */
  edited: BigIntStats | undefined;
}

export class ObjectFiles {
  readonly #index: ObjectIndex;
  readonly #placement: Placement;
  readonly #reserve: DiskReserve;
  readonly #folders = new DirectoryFlushes();
  readonly #locks = new KeyLocks();

  constructor(index: ObjectIndex, placement: Placement, reserve: DiskReserve) {
    this.#index = index;
    this.#placement = placement;
    this.#reserve = reserve;
  }

  /**
   * Makes the draft the object of that key. The draft's file handle stays open and the caller's.
   * @param check throws when the object that is there now must not be replaced
   * @param along changes of the index that become true together with the object
   */
  async publish(
    bucket: string,
    key: string,
    draft: Draft,
    check: (now: ObjectEntry | undefined) => void,
    along?: () => void,
  ): Promise<ObjectEntry> {
    this.#reserve.require();
    const stat = await draft.file.stat({ bigint: true });
    await draft.file.sync();
    return this.#locks.run(`${bucket}/${key}`, async () => {
      let place: Place | undefined;
      for (;;) {
        if (this.#index.bucket(bucket) === undefined) throw noSuchBucket(bucket);
        const now = this.#index.object(bucket, key);
        check(now);
        place ??= now?.place ?? this.#placement.choose(bucket, key);
        const { size, etag, description } = draft;
        const entry: ObjectEntry = { key, place, size, modifiedUs: microseconds(stat), etag, description };
        this.#index.putIntent(bucket, key, { change: 'put', inode: String(stat.ino), entry });
        const step = { renamed: false };
        try {
          const changed = await this.#replace(bucket, draft.path, entry, now !== undefined, step, along);
          await Promise.all(changed.map((folder) => this.#folders.flush(folder)));
          return entry;
        } catch (error) {
          // Once the file was renamed only the intent knows what it is.
          if (step.renamed) throw error;
          this.#reserve.use(() => this.#index.removeIntent(bucket, key));
          // Another key took a folder of this path while the intent was flushed; under its hash there is always room.
          if (place === 'unnamed' || !cannotBePath(error)) throw error;
          place = 'unnamed';
        }
      }
    });
  }

  /** Removes the object, if there is one. */
  async remove(bucket: string, key: string): Promise<void> {
    await this.#locks.run(`${bucket}/${key}`, async () => {
      const now = this.#index.object(bucket, key);
      if (now === undefined) return;
      this.#reserve.use(() => this.#index.putIntent(bucket, key, { change: 'delete' }));
      await this.#index.flush();
      const path = this.#placement.path(bucket, key, now.place);
      const old = await openIfThere(path);
      this.#dropNow(bucket, now);
      await this.#folders.flush(dirname(path));
      await old?.close();
      this.#reserve.refill();
    });
  }

  /**
   * Opens the file of an object, together with the description of exactly these bytes. They stay readable when the object is replaced or removed.
   * Undefined when there is no such object.
   */
  open(bucket: string, key: string): OpenObject | undefined {
    const entry = this.#index.object(bucket, key);
    if (entry === undefined) return undefined;
    let descriptor: number;
    try {
      // Synchronous, as the last step of publish(): entry and file belong together.
      descriptor = openSync(this.#placement.path(bucket, key, entry.place), 'r');
    } catch (error) {
      if (!isMissing(error)) throw error;
      // The user removed the file with another program.
      this.#index.removeObject(bucket, key);
      return undefined;
    }
    try {
      const stat = fstatSync(descriptor, { bigint: true });
      const same = Number(stat.size) === entry.size && microseconds(stat) === entry.modifiedUs;
      return { entry, descriptor, edited: same ? undefined : stat };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** Settles the changes that were under way when the process ended. Called once, before anything else. */
  recover(): void {
    for (const { bucket, key, intent } of this.#index.intents()) {
      if (intent.change === 'delete') {
        const now = this.#index.object(bucket, key);
        if (now !== undefined) this.#dropNow(bucket, now);
        else this.#index.removeIntent(bucket, key);
        continue;
      }
      const stat = statIfThere(this.#placement.path(bucket, key, intent.entry.place));
      const replaced =
        stat !== undefined && String(stat.ino) === intent.inode && Number(stat.size) === intent.entry.size;
      this.#index.atomically(() => {
        if (replaced) this.#index.putObject(bucket, intent.entry);
        this.#index.removeIntent(bucket, key);
      });
    }
  }

  async #replace(
    bucket: string,
    from: string,
    entry: ObjectEntry,
    exists: boolean,
    step: { renamed: boolean },
    along: (() => void) | undefined,
  ): Promise<string[]> {
    const to = this.#placement.path(bucket, entry.key, entry.place);
    await this.#index.flush();
    // The old file stays open over the rename: freeing the blocks of a large file takes long and happens at close, off this thread.
    const old = exists ? await openIfThere(to) : undefined;
    try {
      const changed = this.#placement.makeFolder(to);
      if (!exists && lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
        throw Object.assign(new Error(`${to} is taken.`), { code: 'EEXIST' });
      }
      renameSync(from, to);
      step.renamed = true;
      this.#commit(() => {
        this.#index.putObject(bucket, entry);
        this.#index.removeIntent(bucket, entry.key);
        along?.();
      });
      return changed;
    } finally {
      await old?.close();
    }
  }

  #dropNow(bucket: string, entry: ObjectEntry): void {
    const path = this.#placement.path(bucket, entry.key, entry.place);
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    this.#commit(() => {
      this.#index.removeObject(bucket, entry.key);
      this.#index.removeIntent(bucket, entry.key);
    });
    if (entry.place === 'own-path') this.#placement.prune(bucket, path);
  }

  #commit(change: () => void): void {
    this.#reserve.use(() => this.#index.atomically(change));
  }
}

export function microseconds(stat: BigIntStats): number {
  return Number(stat.mtimeNs / 1000n);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function statIfThere(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

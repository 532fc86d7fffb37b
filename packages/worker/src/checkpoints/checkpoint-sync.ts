/** Keeps the checkpoint folder of a running program and its copy in the object store alike. */
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../data-error.ts';
import { fetchObject } from '../inputs/fetch-object.ts';
import { listInput } from '../inputs/list-input.ts';
import { pathInside } from '../inputs/path-inside.ts';
import type { InstanceSpec } from '../instance-spec.ts';
import { uploadStream } from '../outputs/upload-stream.ts';
import { Platform } from '../platform/platform.ts';
import { parseS3Uri, type S3Location } from '../platform/s3-uri.ts';
import { type CheckpointFile, markOf, scanCheckpoints } from './scan-checkpoints.ts';

type SyncedFolder = NonNullable<InstanceSpec['checkpoints']> & {
  /** What notices call its files. Default: checkpoints. */
  readonly what?: string;
  /** Leave in the store what the program deletes. Default false. */
  readonly keepDeleted?: boolean;
};

const defaultLookMs = 2000;
/** Objects fetched at the same time. */
const lanes = 8;

/**
 * One host's part of it: what is stored is fetched before the program starts; while it runs, files that have been quiet between two looks are
 * stored, whole, and what the program deletes is deleted; when it has ended, the rest follows. Of what other hosts store below the same
 * address it touches nothing.
 */
export class CheckpointSync {
  readonly #folder: string;
  readonly #what: string;
  readonly #keepDeleted: boolean;
  readonly #place: S3Location;
  readonly #lookMs: number;
  readonly #platform: Platform;
  readonly #notice: (text: string) => void;
  /** What is stored of this host's files, by name. */
  readonly #stored = new Map<string, string>();
  /** What the last look saw; `undefined` for what it missed. */
  #seen = new Map<string, string | undefined>();
  readonly #told = new Set<string>();
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    { baseDir, connectionFile }: Pick<InstanceSpec, 'baseDir' | 'connectionFile'>,
    { uri, path, lookMs = defaultLookMs, what = 'Checkpoints', keepDeleted = false }: SyncedFolder,
    notice: (text: string) => void,
  ) {
    const { bucket, key } = parseS3Uri(uri);
    this.#place = { bucket, key: key === '' || key.endsWith('/') ? key : `${key}/` };
    this.#folder = pathInside(baseDir, path);
    this.#lookMs = lookMs;
    this.#what = what;
    this.#keepDeleted = keepDeleted;
    this.#platform = new Platform(connectionFile);
    this.#notice = notice;
  }

  /** Brings what is stored into the folder; nothing may be stored yet. Thrown when it cannot be had: `DataError`. */
  async fetch(signal: AbortSignal): Promise<void> {
    const { bucket, key } = this.#place;
    const input = { name: 'checkpoints', uri: `s3://${bucket}/${key}`, path: '', distribution: 'replicated' } as const;
    const objects = listInput(this.#platform, { ...input, type: 'prefix', transform: 'none' }, signal);
    const lane = async (): Promise<void> => {
      // A generator gives its objects out one by one, also to several who ask at once.
      for (let next = await objects.next(); next.done !== true; next = await objects.next()) {
        const { name } = next.value;
        const file = inFolder(this.#folder, name, next.value.key);
        await mkdir(dirname(file), { recursive: true });
        await fetchObject(this.#platform, next.value, file, false, signal);
        this.#stored.set(name, markOf(await stat(file)));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  /** Begins to store what changes. */
  begin(): void {
    this.#running = this.#run();
  }

  /** Stops looking. What is stored stays as it is. */
  async cancel(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** Stores the rest, when nothing writes to the folder any more. Thrown when that cannot be done: `DataError`; on abort: its reason. */
  async end(signal: AbortSignal): Promise<void> {
    await this.cancel();
    if (this.#running !== undefined) await this.#look(signal, true);
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await sleep(this.#lookMs, undefined, { signal }).catch(() => undefined); // the loop sees that it was aborted
      if (signal.aborted) return;
      try {
        await this.#look(signal, false);
      } catch (error) {
        if (signal.aborted) return;
        // The program goes on: the next look tries again, and the last one fails the job if that helps nothing.
        this.#tell(`${this.#what} could not be stored: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  async #look(signal: AbortSignal, last: boolean): Promise<void> {
    const files = await scanCheckpoints(this.#folder, (name) => this.#tell(`Not stored: ${name} is no regular file.`));
    // A folder that is gone as a whole is being replaced, or was cleared away at the end: no reason to delete what is stored.
    if (files === undefined) return;
    const before = this.#seen;
    this.#seen = new Map(files.map(({ name, mark }) => [name, mark]));
    for (const file of files) {
      const isQuiet = last || before.get(file.name) === file.mark;
      if (isQuiet && this.#stored.get(file.name) !== file.mark) await this.#store(file, signal);
    }
    if (this.#keepDeleted) return;
    for (const name of [...this.#stored.keys()]) {
      if (this.#seen.has(name)) continue;
      this.#seen.set(name, undefined);
      // Whoever replaces a file may delete it first.
      const isGone = last || (before.has(name) && before.get(name) === undefined);
      if (isGone) await this.#delete(name, signal);
    }
  }

  async #store({ name, path, mark }: CheckpointFile, signal: AbortSignal): Promise<void> {
    const to = { bucket: this.#place.bucket, key: this.#place.key + name };
    try {
      const bytes = Readable.from(wholeFile(path, mark), { objectMode: false, highWaterMark: 2 ** 20 });
      await uploadStream(this.#platform, to, bytes, signal);
      this.#stored.set(name, mark);
    } catch (error) {
      // Another look follows: the object stays as it was until then.
      if (!(error instanceof FileChanged)) throw error;
    }
  }

  async #delete(name: string, signal: AbortSignal): Promise<void> {
    const { bucket, key } = this.#place;
    await this.#platform.keepTrying({ what: `delete s3://${bucket}/${key}${name}`, signal }, ({ s3 }) =>
      s3.call('DeleteObject', { Bucket: bucket, Key: key + name }, { signal }),
    );
    this.#stored.delete(name);
    this.#seen.delete(name);
  }

  #tell(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#notice(text);
  }
}

class FileChanged extends Error {}

/** The bytes of a file, which fail at their end when the file has changed meanwhile: nobody may find half of a checkpoint. */
async function* wholeFile(path: string, mark: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>; // no encoding is set
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new FileChanged();
    throw error;
  }
  const now = await stat(path).catch(() => undefined);
  if (now === undefined || markOf(now) !== mark) throw new FileChanged();
}

function inFolder(folder: string, name: string, key: string): string {
  try {
    return pathInside(folder, name);
  } catch (error) {
    throw new DataError(`A checkpoint has a key that cannot be a file: ${key}`, { cause: error });
  }
}

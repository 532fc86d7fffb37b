/** Stores what the script leaves in `/opt/ml/output/intermediate` while it still runs. */
import { createReadStream, mkdirSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScriptError } from './script-error.ts';
import { tell } from './toolkit-log.ts';

export interface IntermediateSync {
  /** Stores what is new a last time. */
  end(): Promise<void>;
}

export interface SyncOptions {
  readonly folder: string;
  /** `sagemaker_s3_output`: files go to `<uri>/<job>/output/intermediate/`. */
  readonly uri: string;
  readonly jobName: string;
  readonly connectionFile: string;
}

/** A file is stored once it has not changed between two looks: until then somebody may be writing it. */
const lookMs = 1000;
/** The end of a job does not wait for ever for a platform that is away. */
const lastMs = 60_000;

/** @throws ScriptError when the address is none of S3. */
export function startIntermediateSync(options: SyncOptions): IntermediateSync {
  if (!options.uri.startsWith('s3://'))
    throw new ScriptError(`Expecting 's3' scheme in sagemaker_s3_output, got: ${options.uri}`);
  mkdirSync(options.folder, { recursive: true });
  const stored = new Map<string, string>();
  const seen = new Map<string, string>();
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      await sleep(lookMs, undefined, { signal: ending.signal }).catch(() => undefined);
      await storeChanged(options, stored, seen, ending.signal.aborted);
    }
  })().catch((error: unknown) => {
    tell('WARNING', `Intermediate output was not stored: ${error instanceof Error ? error.message : String(error)}`);
  });
  return {
    end: async () => {
      ending.abort();
      await loop;
    },
  };
}

async function storeChanged(
  options: SyncOptions,
  stored: Map<string, string>,
  seen: Map<string, string>,
  last: boolean,
): Promise<void> {
  for (const file of await filesIn(options.folder)) {
    const facts = await stat(file).catch(() => undefined);
    if (facts === undefined) continue;
    const mark = `${facts.mtimeMs} ${facts.size}`;
    const settled = last || seen.get(file) === mark;
    seen.set(file, mark);
    if (!settled || stored.get(file) === mark) continue;
    await store(options, file);
    stored.set(file, mark);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

async function store({ folder, uri, jobName, connectionFile }: SyncOptions, file: string): Promise<void> {
  // Loaded when there is something to store: most scripts leave nothing there, and their start must not wait for it.
  const { Platform } = await import('../platform/platform.ts');
  const { parseS3Uri } = await import('../platform/s3-uri.ts');
  const { uploadStream } = await import('../outputs/upload-stream.ts');
  const { bucket, key } = parseS3Uri(uri);
  const parts = [key.replace(/\/+$/, ''), jobName, 'output/intermediate', relative(folder, file)];
  const address = { bucket, key: parts.filter((part) => part !== '').join('/') };
  await uploadStream(new Platform(connectionFile), address, createReadStream(file), AbortSignal.timeout(lastMs));
}

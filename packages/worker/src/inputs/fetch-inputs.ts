import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from '../data-error.ts';
import type { Input, InstanceSpec } from '../instance-spec.ts';
import { Platform } from '../platform/platform.ts';
import { fetchObject } from './fetch-object.ts';
import { linkObject } from './link-object.ts';
import { type InputObject, listInput, nothingFound } from './list-input.ts';
import { pathInside } from './path-inside.ts';
import { unpackArchive } from './unpack-archive.ts';

/** Objects fetched at the same time, over all channels. */
const CONCURRENCY = 8;

interface Task {
  readonly input: Input;
  readonly folder: string;
  readonly object: InputObject;
}

/**
 * Brings all inputs of an instance into its base folder, but for those that are streams.
 * Thrown when one cannot be had or stored: `DataError`; when the signal aborts: its reason.
 */
export async function fetchInputs(spec: InstanceSpec, stop: AbortSignal): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([stop, failed.signal]);
  const platform = new Platform(spec.connectionFile);
  const tasks = allTasks(spec, platform, signal);
  const lane = async (): Promise<void> => {
    // A generator gives its tasks out one by one, also to several who ask at once.
    for await (const task of { [Symbol.asyncIterator]: () => ({ next: () => tasks.next() }) })
      await fetchOne(task, platform, spec, signal);
  };
  const lanes = Array.from({ length: CONCURRENCY }, async () => {
    try {
      await lane();
    } catch (error) {
      // The first failure ends the others; it is the one to tell.
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(lanes);
  stop.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
}

async function* allTasks(spec: InstanceSpec, platform: Platform, signal: AbortSignal): AsyncGenerator<Task> {
  for (const input of spec.inputs) {
    if (input.delivery?.type === 'pipe') continue;
    const folder = pathInside(spec.baseDir, input.path);
    let found = false;
    let position = 0;
    for await (const object of listInput(platform, input, signal)) {
      found = true;
      const mine = input.distribution === 'replicated' || position % spec.instanceCount === spec.index;
      position += 1;
      if (mine) yield { input, folder, object };
    }
    if (!found) throw nothingFound(input);
  }
}

async function fetchOne(
  { input, folder, object }: Task,
  platform: Platform,
  { objects }: InstanceSpec,
  signal: AbortSignal,
): Promise<void> {
  if (input.transform === 'untar') return unpackArchive(platform, object, folder, signal);
  const zipped = input.transform === 'gunzip';
  let file: string;
  try {
    file = pathInside(folder, zipped ? object.name.replace(/\.gz$/i, '') : object.name);
  } catch (error) {
    throw new DataError(
      `Channel ${input.name} has an object whose key cannot be a file: s3://${object.bucket}/${object.key}`,
      { cause: error },
    );
  }
  try {
    await mkdir(dirname(file), { recursive: true });
    if (input.delivery?.type === 'links' && objects?.link === true && (await linkObject(objects.root, object, file)))
      return;
    await fetchObject(platform, object, file, zipped, signal);
  } catch (error) {
    const code = error instanceof Error && error.cause instanceof Error ? systemCode(error.cause) : systemCode(error);
    if (code !== 'EISDIR' && code !== 'ENOTDIR' && code !== 'EEXIST') throw error;
    const text = `Channel ${input.name} has two keys that are file and folder of one name: s3://${object.bucket}/${object.key}. Rename one.`;
    throw new DataError(text, { cause: error });
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

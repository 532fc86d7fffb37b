/** Models in-process: predictions inside your own program, without any server. */
import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Model } from '@rung/algorithms';

export interface LoadModelOptions {
  /** Only for artifacts that Rung did not write, and that do not say which algorithm made them. */
  algorithm?: string;
}

/**
 * Loads what a built-in algorithm trained.
 * @param path `model.tar.gz`, or the folder that it was unpacked into.
 * @throws Error when `@rung/algorithms` is not installed, or the file is no model of a built-in algorithm.
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  // Loaded here, so that programs which only talk to a platform do not need the package.
  const algorithms = await import('@rung/algorithms').catch((cause: unknown) => {
    throw new Error('Predicting in-process needs the built-in algorithms: npm install @rung/algorithms', { cause });
  });
  const isFolder = (await stat(path)).isDirectory();
  return algorithms.loadModel(isFolder ? path : await unpack(path), options.algorithm);
}

async function unpack(path: string): Promise<Map<string, Uint8Array>> {
  const { unpackTar } = await import('modern-tar');
  const bytes = await readFile(path);
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const stream = isGzip ? Readable.from([bytes]).pipe(createGunzip()) : Readable.from([bytes]);
  const entries = await unpackTar(Readable.toWeb(stream) as ReadableStream<Uint8Array>);
  return new Map(
    entries.flatMap(({ header, data }) =>
      header.type === 'file' && data !== undefined ? [[header.name.replace(/^\.\//, ''), data] as const] : [],
    ),
  );
}

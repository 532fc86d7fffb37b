/** Models in-process: predictions inside your own program, without any server. */
import { stat } from 'node:fs/promises';
import type { Model } from '@rung/algorithms';
import { unpackArchive } from './unpack-archive.ts';

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
  return algorithms.loadModel(isFolder ? path : await unpackArchive(path), options.algorithm);
}

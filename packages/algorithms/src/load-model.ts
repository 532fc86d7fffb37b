/** Loads a model artifact, from a folder or from its files. */
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ModelFiles, ServingEnvironment } from './algorithm.ts';
import { loadAlgorithm } from './algorithms.ts';
import { ClientError } from './errors.ts';
import type { Model } from './model.ts';
import { readLarge } from './program/large-files.ts';

/**
 * `artifact`: the unpacked folder, or its files by relative path. `algorithm`: needed only for artifacts that Rung did not write.
 * `environment`: variables that change how some algorithms answer; default none. Thrown when the artifact is unknown or damaged: ClientError.
 */
export async function loadModel(
  artifact: string | ModelFiles,
  algorithm?: string,
  environment: ServingEnvironment = {},
): Promise<Model> {
  const files = typeof artifact === 'string' ? await readFolder(artifact) : artifact;
  const name = algorithm ?? describedAlgorithm(files);
  if (name === undefined)
    throw new ClientError(
      'the artifact does not say which algorithm made it (algorithm.json is missing): name the algorithm',
    );
  return (await loadAlgorithm(name)).load(files, environment);
}

function describedAlgorithm(files: ModelFiles): string | undefined {
  const bytes = files.get('algorithm.json');
  if (bytes === undefined) return undefined;
  try {
    const descriptor: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof descriptor === 'object' && descriptor !== null && 'algorithm' in descriptor)
      return String(descriptor.algorithm);
  } catch (cause) {
    throw new ClientError('algorithm.json of the artifact is not valid JSON', { cause });
  }
  return undefined;
}

async function readFolder(folder: string): Promise<ModelFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [relative(folder, path).replaceAll(sep, '/'), await readLarge(path)] as const),
  );
  return new Map(files);
}

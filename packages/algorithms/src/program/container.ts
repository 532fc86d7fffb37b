/** The folder that plays `/opt/ml`: configuration in, model and failure out. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SavedFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { ChannelConfiguration } from './data-channel.ts';
import { writeParts } from './large-files.ts';

export interface ContainerPaths {
  readonly data: string;
  readonly model: string;
  readonly checkpoints: string;
  readonly configuration: string;
  readonly failure: string;
}

/** `SAGEMAKER_BASE_DIR`, else `/opt/ml`. */
export function containerPaths(environment: NodeJS.ProcessEnv): ContainerPaths {
  const base = environment['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
  return {
    data: join(base, 'input', 'data'),
    model: join(base, 'model'),
    checkpoints: join(base, 'checkpoints'),
    configuration: join(base, 'input', 'config'),
    failure: join(base, 'output', 'failure'),
  };
}

export interface TrainingConfiguration {
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly channels: Readonly<Record<string, ChannelConfiguration>>;
  readonly host: string;
  readonly hosts: readonly string[];
}

/** Absent files count as empty, so that a folder laid out by hand works too. Thrown when a file is not JSON: ClientError. */
export async function readTrainingConfiguration(paths: ContainerPaths): Promise<TrainingConfiguration> {
  const [hyperparameters, channels, resources] = await Promise.all(
    ['hyperparameters.json', 'inputdataconfig.json', 'resourceconfig.json'].map((file) =>
      readJson(join(paths.configuration, file)),
    ),
  );
  const hosts = resources?.['hosts'];
  const host = resources?.['current_host'];
  return {
    hyperparameters: Object.fromEntries(
      Object.entries(hyperparameters ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    // Safe: every field of a channel's entry is optional text.
    channels: (channels ?? {}) as Record<string, ChannelConfiguration>,
    host: typeof host === 'string' ? host : 'algo-1',
    hosts: Array.isArray(hosts) ? hosts.map(String) : ['algo-1'],
  };
}

export async function writeModelFiles(folder: string, files: SavedFiles): Promise<void> {
  for (const [path, content] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeParts(target, content instanceof Uint8Array ? [content] : content);
  }
}

/** What becomes the job's FailureReason; the platform keeps 1024 characters. */
export async function writeFailure(paths: ContainerPaths, message: string): Promise<void> {
  await mkdir(dirname(paths.failure), { recursive: true });
  await writeFile(paths.failure, message.slice(0, 1024));
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    throw new ClientError(`file ${file} is not valid JSON`, { cause });
  }
  throw new ClientError(`file ${file} does not hold a JSON object`);
}

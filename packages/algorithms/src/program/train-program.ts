/** The training program that every built-in algorithm runs as, under the container contract. */
import type { Algorithm } from '../algorithm.ts';
import { alone, type Collective } from '../collective/collective.ts';
import { AlgorithmError, ClientError } from '../errors.ts';
import { readHyperparameters } from '../hyperparameters/validate.ts';
import {
  containerPaths,
  readTrainingConfiguration,
  writeFailure,
  writeModelFiles,
  type ContainerPaths,
} from './container.ts';
import { openCheckpoints } from './checkpoints.ts';
import { type DataChannel, dataChannel } from './data-channel.ts';
import { isStopping } from './is-stopping.ts';
import { TrainLog } from './train-log.ts';

export interface TrainProgramOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted when the job is to stop. */
  readonly stopping: AbortSignal;
  readonly write: (line: string) => void;
}

/** Trains and returns the exit code; a failure is described in the failure file and the log. Never throws. */
export async function runTraining(algorithm: Algorithm, options: TrainProgramOptions): Promise<0 | 1> {
  const paths = containerPaths(options.environment);
  try {
    await train(algorithm, paths, options);
    return 0;
  } catch (error) {
    const { message, log } = describe(error);
    options.write(log);
    await writeFailure(paths, message).catch((failure: unknown) =>
      options.write(`the failure file could not be written: ${String(failure)}`),
    );
    return 1;
  }
}

async function train(algorithm: Algorithm, paths: ContainerPaths, options: TrainProgramOptions): Promise<void> {
  const { hyperparameters, channels, host, hosts } = await readTrainingConfiguration(paths);
  const values = readHyperparameters(algorithm, hyperparameters);
  checkChannels(algorithm, Object.keys(channels));
  if (hosts.length > algorithm.maxInstances) {
    throw new ClientError(
      `${algorithm.name} trains on at most ${algorithm.maxInstances} instance, and the job has ${hosts.length}: set InstanceCount to ${algorithm.maxInstances}`,
    );
  }
  const log = new TrainLog({
    host,
    algorithm: algorithm.title.replaceAll(/[^A-Za-z0-9]/g, ''),
    write: options.write,
    now: Date.now,
  });
  const { defaultThreads, openKernels } = await import('../kernels/kernels.ts');
  const collective = await meet(host, hosts, options.environment);
  const kernels = openKernels({ threads: defaultThreads(options.environment) });
  let saved = false;
  const open = new Map<string, DataChannel>();
  const openChannel = (name: string): DataChannel | undefined => {
    const channel = open.get(name) ?? (channels[name] && dataChannel(name, channels[name], paths.data));
    if (channel !== undefined) open.set(name, channel);
    return channel;
  };
  try {
    await algorithm.train({
      hyperparameters: values,
      seed: values._seed,
      host,
      hosts,
      collective,
      checkpoints: await openCheckpoints({
        folder: paths.checkpoints,
        algorithm: algorithm.name,
        hyperparameters: values,
        collective,
      }),
      kernels,
      log,
      stopping: options.stopping,
      // One of each: a stream remembers how far it was read.
      channel: openChannel,
      saveModel: async (files) => {
        await writeModelFiles(paths.model, new Map([...files, ['algorithm.json', descriptor(algorithm)]]));
        saved = true;
      },
    });
    // When one host is told to stop before there is a model, none has one.
    if (!saved && !(await isStopping({ stopping: options.stopping, collective })))
      throw new Error(`${algorithm.name} ended without a model`);
  } finally {
    await kernels.close();
    await collective.close();
  }
  log.metrics('training', { totaltime: log.elapsed() });
}

async function meet(host: string, hosts: readonly string[], environment: NodeJS.ProcessEnv): Promise<Collective> {
  if (hosts.length === 1) return alone;
  const { hostAddresses } = await import('../collective/host-addresses.ts');
  const { openSocketCollective } = await import('../collective/socket-collective.ts');
  const job = environment['TRAINING_JOB_NAME'] ?? '';
  return openSocketCollective({ rank: hosts.indexOf(host), addresses: hostAddresses(hosts, environment), job });
}

/** Tells `loadModel` which algorithm reads the artifact. */
function descriptor(algorithm: Algorithm): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ algorithm: algorithm.name, format: 1 })}\n`);
}

function checkChannels(algorithm: Algorithm, given: readonly string[]): void {
  const known = algorithm.channels.map((channel) => channel.name);
  for (const channel of algorithm.channels) {
    if (channel.required && !given.includes(channel.name))
      throw new ClientError(`channel '${channel.name}' is required; the job has ${given.join(', ') || 'none'}`);
  }
  for (const name of given) {
    if (!known.includes(name))
      throw new ClientError(`${algorithm.name} has no channel '${name}'; it knows ${known.join(', ')}`);
  }
}

/** A user's mistake is told in one line; ours comes with its stack in the log. */
function describe(error: unknown): { readonly message: string; readonly log: string } {
  if (error instanceof ClientError) return same(`ClientError: ${error.message}`);
  if (error instanceof AlgorithmError) return same(`AlgorithmError: ${error.message}`);
  const fault = error instanceof Error ? error : new Error(String(error));
  return {
    message: `InternalServerError: ${fault.message}`,
    log: `InternalServerError: ${fault.stack ?? fault.message}`,
  };
}

function same(text: string): { readonly message: string; readonly log: string } {
  return { message: text, log: text };
}

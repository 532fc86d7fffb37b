/** A folder that plays `/opt/ml` for one training run in this process. */
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Algorithm } from '../algorithm.ts';
import { runTraining } from '../program/train-program.ts';
import { openPipes, type NamedPipes } from './named-pipes.ts';

export interface ChannelFiles {
  readonly contentType?: string;
  /** By name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Pipe mode: the files come joined, through a named pipe in each epoch. */
  readonly pipe?: boolean;
}

export interface TrainingRun {
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly channels: Readonly<Record<string, ChannelFiles>>;
  readonly threads?: number;
  /** Aborted before the run starts. */
  readonly stopped?: boolean;
  /** The job is told to stop when it has written such a line. */
  readonly stopAt?: RegExp;
  /** What is in the folder of checkpoints at first; without it the job keeps none. */
  readonly checkpoints?: ReadonlyMap<string, Uint8Array>;
}

export interface TrainingOutcome {
  readonly exitCode: number;
  /** Content of `output/failure`, empty when there is none. */
  readonly failure: string;
  readonly log: readonly string[];
  readonly model: ReadonlyMap<string, Uint8Array>;
  /** What is in the folder of checkpoints at the end. */
  readonly checkpoints: ReadonlyMap<string, Uint8Array>;
}

/** Lays the folder out, trains, reads what came of it, and removes the folder. */
export function trainInFolder(algorithm: Algorithm, run: TrainingRun): Promise<TrainingOutcome> {
  return train(algorithm, run, { name: 'algo-1', hosts: ['algo-1'], environment: {} });
}

/** One job of several hosts, each with a folder of its own: a run for every host. */
export async function trainOnHosts(algorithm: Algorithm, runs: readonly TrainingRun[]): Promise<TrainingOutcome[]> {
  const hosts = runs.map((_, rank) => `algo-${rank + 1}`);
  const ports = await freePorts(hosts.length);
  const shared = hosts.map((name, rank) => [name, { address: '127.0.0.1', ports: [ports[rank]] }]);
  const environment = { RUNG_HOSTS: JSON.stringify(Object.fromEntries(shared)) };
  return Promise.all(runs.map((run, rank) => train(algorithm, run, { name: hosts[rank] ?? '', hosts, environment })));
}

interface Host {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

async function train(algorithm: Algorithm, run: TrainingRun, host: Host): Promise<TrainingOutcome> {
  const base = await mkdtemp(join(tmpdir(), 'rung-train-'));
  const pipes: NamedPipes[] = [];
  try {
    await layOut(base, run, host);
    for (const [name, { pipe, files }] of Object.entries(run.channels))
      if (pipe === true) pipes.push(openPipes(join(base, 'input', 'data'), name, Buffer.concat(Object.values(files))));
    const log: string[] = [];
    const stop = new AbortController();
    if (run.stopped === true) stop.abort();
    const exitCode = await runTraining(algorithm, {
      environment: { SAGEMAKER_BASE_DIR: base, RUNG_THREADS: String(run.threads ?? 2), ...host.environment },
      stopping: stop.signal,
      write: (line) => {
        log.push(line);
        if (run.stopAt?.test(line) === true) stop.abort();
      },
    });
    const failure = await readFile(join(base, 'output', 'failure'), 'utf8').catch(() => '');
    const [model, checkpoints] = await Promise.all(['model', 'checkpoints'].map((name) => readFiles(join(base, name))));
    return { exitCode, failure, log, model: model ?? new Map(), checkpoints: checkpoints ?? new Map() };
  } finally {
    await Promise.all(pipes.map((pipe) => pipe.close()));
    await rm(base, { recursive: true, force: true });
  }
}

export async function layOut(
  base: string,
  run: Pick<TrainingRun, 'hyperparameters' | 'channels' | 'checkpoints'>,
  { name: host, hosts }: Pick<Host, 'name' | 'hosts'> = { name: 'algo-1', hosts: ['algo-1'] },
): Promise<void> {
  const configuration = join(base, 'input', 'config');
  await mkdir(configuration, { recursive: true });
  const channels: Record<string, object> = {};
  for (const [name, { contentType, files, pipe = false }] of Object.entries(run.channels)) {
    channels[name] = {
      TrainingInputMode: pipe ? 'Pipe' : 'File',
      ...(contentType === undefined ? {} : { ContentType: contentType }),
    };
    const folder = join(base, 'input', 'data', pipe ? '' : name);
    await mkdir(folder, { recursive: true });
    if (!pipe) for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  }
  await writeFile(join(configuration, 'hyperparameters.json'), JSON.stringify(run.hyperparameters));
  await writeFile(join(configuration, 'inputdataconfig.json'), JSON.stringify(channels));
  await writeFile(
    join(configuration, 'resourceconfig.json'),
    JSON.stringify({ current_host: host, hosts, network_interface_name: 'lo' }),
  );
  if (run.checkpoints === undefined) return;
  await mkdir(join(base, 'checkpoints'));
  for (const [file, bytes] of run.checkpoints) await writeFile(join(base, 'checkpoints', file), bytes);
}

/** Ports of the loopback interface that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  // Safe: a TCP server's address.
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function readFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(folder).catch((): string[] => []);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

/** A folder that plays `/opt/ml` for one training run in this process. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Algorithm } from '../algorithm.ts';
import { runTraining } from '../program/train-program.ts';

export interface TrainingRun {
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Content type and files by name, per channel. */
  readonly channels: Readonly<
    Record<string, { readonly contentType?: string; readonly files: Readonly<Record<string, Uint8Array>> }>
  >;
  readonly threads?: number;
  /** Aborted before the run starts. */
  readonly stopped?: boolean;
}

export interface TrainingOutcome {
  readonly exitCode: number;
  /** Content of `output/failure`, empty when there is none. */
  readonly failure: string;
  readonly log: readonly string[];
  readonly model: ReadonlyMap<string, Uint8Array>;
}

/** Lays the folder out, trains, reads what came of it, and removes the folder. */
export async function trainInFolder(algorithm: Algorithm, run: TrainingRun): Promise<TrainingOutcome> {
  const base = await mkdtemp(join(tmpdir(), 'rung-train-'));
  try {
    await layOut(base, run);
    const log: string[] = [];
    const stop = new AbortController();
    if (run.stopped === true) stop.abort();
    const exitCode = await runTraining(algorithm, {
      environment: { SAGEMAKER_BASE_DIR: base, RUNG_THREADS: String(run.threads ?? 2) },
      stopping: stop.signal,
      write: (line) => log.push(line),
    });
    const failure = await readFile(join(base, 'output', 'failure'), 'utf8').catch(() => '');
    return { exitCode, failure, log, model: await readModel(join(base, 'model')) };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

export async function layOut(base: string, run: Pick<TrainingRun, 'hyperparameters' | 'channels'>): Promise<void> {
  const configuration = join(base, 'input', 'config');
  await mkdir(configuration, { recursive: true });
  const channels: Record<string, object> = {};
  for (const [name, { contentType, files }] of Object.entries(run.channels)) {
    channels[name] = { TrainingInputMode: 'File', ...(contentType === undefined ? {} : { ContentType: contentType }) };
    const folder = join(base, 'input', 'data', name);
    await mkdir(folder, { recursive: true });
    for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, file), bytes);
  }
  await writeFile(join(configuration, 'hyperparameters.json'), JSON.stringify(run.hyperparameters));
  await writeFile(join(configuration, 'inputdataconfig.json'), JSON.stringify(channels));
  await writeFile(
    join(configuration, 'resourceconfig.json'),
    JSON.stringify({ current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'lo' }),
  );
}

async function readModel(folder: string): Promise<Map<string, Uint8Array>> {
  const names = await readdir(folder).catch((): string[] => []);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

/** What the serving benchmarks have in common: a platform in a folder of its own, and a small trained model. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMeans, LinearLearner, Session, type Model } from '@rung/sdk';

export interface BenchmarkPlatform {
  readonly session: Session;
  readonly endpoint: string;
  readonly stateDir: string;
  /** CPU seconds that the control plane has used since its start. */
  cpuSeconds(): number;
  close(): Promise<void>;
}

export async function startPlatform(): Promise<BenchmarkPlatform> {
  const stateDir = await mkdtemp(join(tmpdir(), 'rung-bench-'));
  const child = fork(join(import.meta.dirname, 'control-plane.ts'), [stateDir]);
  const [description] = await Promise.race([once(child, 'message'), failed(child)]);
  return {
    session: new Session({ stateDir }),
    endpoint: description.endpoint,
    stateDir,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    close: async () => {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export const features = 8;
export type Algorithm = 'linear-learner' | 'kmeans';

/** Rows of a CSV request. */
export function row(seed: number): number[] {
  return Array.from({ length: features }, (_, column) => Math.round(Math.sin(seed * 7 + column * 3) * 1000) / 1000);
}

export async function trainedModel(session: Session, algorithm: Algorithm): Promise<Model> {
  const rows = Array.from({ length: 400 }, (_, at) => row(at));
  const labels = rows.map(([first = 0, second = 0]) => (first + second > 0 ? 1 : 0));
  if (algorithm === 'kmeans') {
    const estimator = new KMeans({ k: 4, session });
    await estimator.fit({ train: { rows } }, { logs: false });
    return estimator.model();
  }
  const estimator = new LinearLearner({ predictorType: 'binary_classifier', session });
  await estimator.fit({ train: { rows, labels } }, { logs: false });
  return estimator.model();
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`The control plane ended with ${code} before it listened.`);
}

/** Linux counts in ticks of 10 ms; elsewhere the figure is left out. */
function cpuSeconds(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

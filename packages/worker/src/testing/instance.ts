import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection, InstanceReport, InstanceSpec } from '../instance-spec.ts';

/** A worker's instance in a folder of its own, for tests. */
export interface TestInstance {
  readonly folder: string;
  readonly spec: InstanceSpec;
  start(): ChildProcess;
  /** Starts it and waits for its end. */
  run(): Promise<InstanceReport>;
  report(): InstanceReport;
  /** Messages of the log, in order. */
  log(): string[];
  /** What the worker wrote about its own troubles in {@link run}. */
  complaints(): string;
  remove(): Promise<void>;
}

export async function makeInstance(
  spec: Partial<InstanceSpec> & Pick<InstanceSpec, 'program'>,
  connection?: Connection,
): Promise<TestInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-worker-'));
  const complete: InstanceSpec = {
    workloadId: 'training-job/test/1',
    index: 0,
    instanceCount: 1,
    host: 'algo-1',
    mode: 'job',
    baseDir: join(folder, 'ml'),
    mountOptMl: false,
    environment: {},
    limits: { vcpus: 2, memoryBytes: 2 ** 33 },
    inputs: [],
    outputs: [],
    gather: [],
    files: {},
    metricDefinitions: [],
    logFile: join(folder, 'logs', 'stream.log'),
    reportFile: join(folder, 'report.json'),
    claimFile: join(folder, 'claim.json'),
    stopFile: join(folder, 'stop.json'),
    connectionFile: join(folder, 'connection.json'),
    tempDir: join(folder, 'tmp'),
    marker: folder,
    sampleMs: 250,
    stopGraceSeconds: 5,
    notices: [],
    ...spec,
  };
  const specFile = join(folder, 'spec.json');
  writeFileSync(specFile, JSON.stringify(complete));
  if (connection !== undefined) writeFileSync(complete.connectionFile, JSON.stringify(connection));
  let complaints = '';
  const start = (): ChildProcess => {
    const worker = spawn(process.execPath, [main, specFile], { stdio: ['ignore', 'inherit', 'pipe'] });
    worker.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    return worker;
  };
  const report = (): InstanceReport => JSON.parse(readFileSync(complete.reportFile, 'utf8')) as InstanceReport; // the worker's own file
  return {
    folder,
    spec: complete,
    start,
    run: async () => {
      await once(start(), 'close');
      return report();
    },
    report,
    log: () => readLog(complete.logFile),
    complaints: () => complaints,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

function readLog(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) =>
    line
      .slice(line.indexOf(' ') + 1)
      .replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter)),
  );
}

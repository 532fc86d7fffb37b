import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after } from 'node:test';
import { createClient, signRequest } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';
import { MARKER, readClaim } from '@rung/worker';
import { decodeLogLine } from '../../observability/log-format.ts';
import { openS3Door } from '../../services/s3/testing/s3-door.ts';
import { checkEngine } from '../testing/check-engine.ts';
import type { EngineUnderTest } from '../testing/engine-bench.ts';
import { ProcessEngine } from './process-engine.ts';
import { WorkloadFolders } from '../workers/workload-folders.ts';

// One for all tests: without it each of them would compile the worker anew.
const compileCache = await mkdtemp(join(tmpdir(), 'rung-compiled-'));
const door = await openS3Door();
const connection = { endpoint: door.endpoint, region: 'us-east-1', ...door.credentials };
const s3 = createClient<S3Operations>('s3', {
  ...connection,
  credentials: door.credentials,
  sign: signRequest,
  send: async ({ url, method, headers, body }) => {
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : undefined;
    const response = await fetch(url, { method, headers, ...(bytes === undefined ? {} : { body: bytes }) });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.bytes() };
  },
});
await s3.call('CreateBucket', { Bucket: 'engine-check' });
after(async () => {
  await door.close();
  await rm(compileCache, { recursive: true, force: true });
});

async function place(): Promise<EngineUnderTest> {
  const stateDir = await mkdtemp(join(tmpdir(), 'rung-process-'));
  const connectionFile = join(stateDir, 'connection.json');
  writeFileSync(connectionFile, JSON.stringify(connection));
  const logFile = (group: string, stream: string): string =>
    join(stateDir, 'logs', encodeURIComponent(group), encodeURIComponent(stream));
  const folders = new WorkloadFolders(stateDir);
  const paths = (id: string, index: number): ReturnType<WorkloadFolders['instance']> => {
    const record = folders.record(id);
    if (record === undefined) throw new Error(`no workload ${id}`);
    return folders.instance(record, index);
  };
  return {
    open: async () =>
      new ProcessEngine({
        stateDir,
        connectionFile,
        logFile,
        sampleMs: 200,
        compileCache,
        algorithmCommand: () => ({ argv: ['true'] }),
      }),
    endpoint: connection.endpoint,
    log: async (group, stream) => readLog(logFile(group, stream)),
    uri: (key) => `s3://engine-check/${basename(stateDir)}/${key}`,
    putObject: async (key, content) => {
      await s3.call('PutObject', {
        Bucket: 'engine-check',
        Key: `${basename(stateDir)}/${key}`,
        Body: Buffer.from(content),
      });
    },
    release: async (id, index) => writeFileSync(join(paths(id, index).baseDir, 'go'), ''),
    killWorker: async (id, index) => {
      const pid = readClaim(paths(id, index).claimFile)?.worker.pid;
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    leftovers: async () => [
      ...readdirSync(folders.root).filter((name) => name !== '.reports'),
      ...readdirSync(folders.reports),
      ...(existsSync(join(stateDir, 'run')) ? readdirSync(join(stateDir, 'run')) : []),
      ...markedProcesses(stateDir),
    ],
    close: async () => {
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

checkEngine('process', place);

function readLog(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => decodeLogLine(Buffer.from(line)).message);
}

/** Processes that name this state folder in their environment, as all programs of the engine do. */
function markedProcesses(stateDir: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return environment.includes(`${MARKER}=`) && environment.includes(stateDir);
    } catch {
      return false;
    }
  });
}

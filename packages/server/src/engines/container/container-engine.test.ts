import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { createClient, signRequest } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';
import { MARKER, readClaim } from '@rung/worker';
import { decodeLogLine } from '../../observability/log-format.ts';
import { openS3Door } from '../../services/s3/testing/s3-door.ts';
import { checkEngine } from '../testing/check-engine.ts';
import type { EngineUnderTest } from '../testing/engine-bench.ts';
import type { Program, Workload } from '../workload.ts';
import { WorkloadFolders } from '../workers/workload-folders.ts';
import { ContainerEngine } from './container-engine.ts';
import { defaultContainerSettings } from './settings.ts';
import { makeRootArchives } from './testing/make-images.ts';
import { type PodmanService, podmanMissing, startPodman } from './testing/podman-service.ts';

const missing = podmanMissing();
if (missing === undefined) await checkWithPodman();
else test('the container engine passes the contract suite', { skip: missing }, () => undefined);

async function checkWithPodman(): Promise<void> {
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
  const podman = await startPodman();
  const archives = await makeRootArchives();
  await podman.importImage('localhost/shell:1', archives.shell, ['WORKDIR /opt/ml']);
  await podman.importImage('localhost/node:1', archives.node(), ['WORKDIR /opt/ml']);
  await archives.close();
  after(async () => {
    await podman.close();
    await door.close();
    await rm(compileCache, { recursive: true, force: true });
  });

  checkEngine('container', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'rung-container-'));
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
    const started = new Set<string>();
    const place: EngineUnderTest = {
      open: async () =>
        new ContainerEngine({
          stateDir,
          connectionFile,
          logFile,
          sampleMs: 200,
          compileCache,
          settings: { ...defaultContainerSettings, socket: podman.socket },
        }),
      endpoint: /^http:\/\/10\.\d+\.\d+\.1:\d+$/,
      listenOn: '0.0.0.0',
      adapt: (workload) => {
        started.add(workload.id);
        return { ...workload, program: imageProgram(workload) };
      },
      isRunning: (id) => processesOf(new Set([id])).length > 0,
      log: async (group, stream) => readLog(logFile(group, stream)),
      uri: (key) => `s3://engine-check/${basename(stateDir)}/${key}`,
      putObject: async (key, content) => {
        const Key = `${basename(stateDir)}/${key}`;
        await s3.call('PutObject', { Bucket: 'engine-check', Key, Body: Buffer.from(content) });
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
        ...processesOf(started),
        ...(await mine(podman, started)),
      ],
      close: () => rm(stateDir, { recursive: true, force: true }),
    };
    return place;
  });
}

/** A command of the suite as a program of an image that has it. */
function imageProgram({ program }: Workload): Program {
  if (program.type !== 'command') return program;
  const [name, ...parameters] = program.command.argv;
  const image = name === process.execPath ? 'localhost/node:1' : 'localhost/shell:1';
  return { type: 'image', image, entrypoint: [name], arguments: parameters };
}

function readLog(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => decodeLogLine(Buffer.from(line)).message);
}

/** Processes of these workloads, wherever they run: a container's are seen from outside with their environment. */
function processesOf(ids: ReadonlySet<string>): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const id = new RegExp(`(?:^|\\0)${MARKER}=([^#\\0]*)#`).exec(environment)?.[1];
      return id !== undefined && ids.has(id);
    } catch {
      return false;
    }
  });
}

/** Containers and networks of these workloads. */
async function mine(podman: PodmanService, ids: ReadonlySet<string>): Promise<string[]> {
  const names = [...ids].map((id) => `rung-${id.split('/')[1] ?? ''}-`);
  return (await podman.containers()).filter((name) => names.some((start) => name.replace(/^\//, '').startsWith(start)));
}

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceSpec } from '@rung/worker';

/** What the engine remembers of a workload, beside the spec of each instance. */
export interface WorkloadRecord {
  readonly id: string;
  readonly instanceCount: number;
  readonly createdAt: string;
  /** Makes this run of the workload different from one of the same id that was removed. */
  readonly nonce: string;
  /** Sockets and temporary files, made by the worker: a short path, because the path of a socket has at most 104 bytes. */
  readonly runDir: string;
}

export interface InstancePaths {
  readonly folder: string;
  readonly baseDir: string;
  readonly specFile: string;
  readonly claimFile: string;
  readonly stopFile: string;
  readonly workerLog: string;
  readonly reportFile: string;
  readonly tempDir: string;
  readonly socket: string;
}

/** The folders below `<stateDir>/workloads`: one per workload, made whole and taken away whole by renaming. */
export class WorkloadFolders {
  readonly root: string;
  /** One folder for the reports of all instances, so that one watch sees every change. */
  readonly reports: string;
  readonly #runRoot: string;

  constructor(stateDir: string) {
    this.root = join(stateDir, 'workloads');
    this.reports = join(this.root, '.reports');
    this.#runRoot = join(stateDir, 'run');
    mkdirSync(this.reports, { recursive: true, mode: 0o700 });
    // What an interrupted start had not finished was never started.
    for (const name of readdirSync(this.root))
      if (name.startsWith('.new-')) rmSync(join(this.root, name), { recursive: true, force: true });
  }

  has(id: string): boolean {
    return existsSync(this.folder(id));
  }

  folder(id: string): string {
    return join(this.root, encodeId(id));
  }

  list(): string[] {
    return readdirSync(this.root).flatMap((name) => (name.startsWith('.') ? [] : [decodeId(name)]));
  }

  /** Writes everything a start needs and makes it visible in one step. Does nothing when the workload exists. */
  create(
    id: string,
    instanceCount: number,
    spec: (index: number, record: WorkloadRecord, paths: readonly InstancePaths[]) => InstanceSpec,
  ): void {
    const nonce = randomBytes(6).toString('hex');
    const record: WorkloadRecord = {
      id,
      instanceCount,
      nonce,
      runDir: this.#runDir(nonce),
      createdAt: new Date().toISOString(),
    };
    const draft = join(this.root, `.new-${nonce}`);
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(join(draft, 'workload.json'), JSON.stringify(record), { mode: 0o600 });
    const paths = Array.from({ length: instanceCount }, (_, index) => this.instance(record, index));
    for (let index = 0; index < instanceCount; index += 1) {
      mkdirSync(join(draft, String(index)), { mode: 0o700 });
      const text = JSON.stringify(spec(index, record, paths));
      writeFileSync(join(draft, String(index), 'spec.json'), text, { mode: 0o600 });
    }
    try {
      renameSync(draft, this.folder(id));
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      // Somebody else has just created it: then it is started, and once.
      if (!this.has(id)) throw error;
    }
  }

  record(id: string): WorkloadRecord | undefined {
    return readRecord(this.folder(id));
  }

  instance(record: WorkloadRecord, index: number, workload = this.folder(record.id)): InstancePaths {
    const folder = join(workload, String(index));
    return {
      folder,
      baseDir: join(folder, 'ml'),
      specFile: join(folder, 'spec.json'),
      claimFile: join(folder, 'claim.json'),
      stopFile: join(workload, 'stop.json'),
      workerLog: join(folder, 'worker.log'),
      reportFile: join(this.reports, `${record.nonce}.${index}.json`),
      tempDir: join(record.runDir, `t${index}`),
      socket: join(record.runDir, `${index}.sock`),
    };
  }

  #runDir(nonce: string): string {
    const beside = join(this.#runRoot, nonce);
    return Buffer.byteLength(beside) <= 80 ? beside : join(tmpdir(), `rung-${nonce}`);
  }
}

export function readRecord(folder: string): WorkloadRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8')) as WorkloadRecord; // written by create only
  } catch {
    return undefined; // no such workload, or one whose machine stopped before its files were on the disk
  }
}

/** A file name for an id, different for different ids also where the file system does not tell `a` from `A`. */
export function encodeId(id: string): string {
  if (!/^[a-z-]+\/[A-Za-z0-9-]+\/[A-Za-z0-9-]+$/.test(id))
    throw new Error(`"${id}" is no workload id: it has the form kind/name/attempt`);
  return id.replace(/[A-Z]/g, (letter) => `^${letter.toLowerCase()}`).replaceAll('/', '~');
}

export function decodeId(name: string): string {
  return name.replaceAll('~', '/').replace(/\^([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

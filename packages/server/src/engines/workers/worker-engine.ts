import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InstanceReport, type InstanceSpec, type StopOrder, NOBODY, signalProcess, takeClaim } from '@rung/worker';
import type { Capabilities, Engine, Refusal, StopOptions } from '../engine.ts';
import type { Workload, WorkloadState } from '../workload.ts';
import { ChangeWatch } from './change-watch.ts';
import { inheritedEnvironment } from './inherited-environment.ts';
import { declareLost, instanceState, instanceStatus, killProgram } from './instance-status.ts';
import { finishRemoval, interruptedRemovals, removeWorkload } from './remove-workload.ts';
import { RetainedFolders } from './retained-folders.ts';
import { spawnWorker } from './spawn-worker.ts';
import type { WorkerSurroundings } from './worker-instance.ts';
import { type InstancePaths, WorkloadFolders, type WorkloadRecord } from './workload-folders.ts';

export interface WorkerEngineOptions {
  /** Folder for everything the engine keeps. One engine at a time; workloads survive it. */
  readonly stateDir: string;
  /** The file that says how programs and workers reach the platform ({@link Connection}). Whoever listens keeps it fresh. */
  readonly connectionFile: string;
  /** The file that lines of this log stream are appended to. */
  readonly logFile: (group: string, stream: string) => string;
  /** The folder of the embedded object store, where there is one: channels are then read from its files, not over the wire. */
  readonly objectsRoot?: string | undefined;
  /** Time between two looks at a program's memory use, in milliseconds. Default 1000. */
  readonly sampleMs?: number;
  /** Where Node keeps the compiled code of workers and algorithms. Default: below {@link stateDir}. */
  readonly compileCache?: string;
}

/**
 * What engines share that run each instance as a worker process on the machine of the control plane: the folders, the claim that makes a start
 * happen once, reports, adoption and removal. What the worker is told, and what it leaves behind when it is killed, is the engine's own.
 */
export abstract class WorkerEngine implements Engine {
  abstract readonly name: string;
  abstract readonly capabilities: Capabilities;
  protected readonly options: WorkerEngineOptions;
  protected readonly compileCache: string;
  readonly #folders: WorkloadFolders;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #retained: RetainedFolders;
  readonly #watch: ChangeWatch;
  /** Instances that this engine object has spawned a worker for: `nonce#index`. */
  readonly #spawned = new Set<string>();
  readonly #removals = new Map<string, Promise<void>>();
  #interrupted: Promise<void> = Promise.resolve();

  constructor(options: WorkerEngineOptions) {
    mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
    this.options = options;
    this.#folders = new WorkloadFolders(options.stateDir);
    this.compileCache = options.compileCache ?? join(options.stateDir, 'compile-cache');
    this.#environment = { ...inheritedEnvironment(process.env), NODE_COMPILE_CACHE: this.compileCache };
    this.#retained = new RetainedFolders(options.stateDir);
    this.#watch = new ChangeWatch(this.#folders);
    for (const id of this.#folders.list()) this.#follow(id);
  }

  /** What compiling an instance needs of this engine's surroundings. */
  protected get surroundings(): WorkerSurroundings {
    const { connectionFile, logFile, sampleMs = 1000, objectsRoot } = this.options;
    return { connectionFile, logFile, sampleMs, objectsRoot, retained: this.#retained };
  }

  abstract refuse(workload: Workload): Refusal | undefined;

  /** What the worker of one instance is told. */
  protected abstract compile(
    workload: Workload,
    index: number,
    record: WorkloadRecord,
    hosts: readonly InstancePaths[],
  ): InstanceSpec;

  /** Kills the program of an instance whose worker is gone, and all it started. */
  protected killProgram(record: WorkloadRecord, index: number, report: InstanceReport | undefined): Promise<void> {
    return killProgram(record, index, report);
  }

  /** Takes away what a workload had beside its instances and its folders. */
  protected async release(_record: WorkloadRecord): Promise<void> {}

  protected record(id: string): WorkloadRecord | undefined {
    return this.#folders.record(id);
  }

  /** Finishes the removals that an earlier control plane had begun. Called once, when the engine is complete. */
  protected takeUp(): void {
    this.#interrupted = Promise.all(interruptedRemovals(this.#folders).map((gone) => this.#finishRemoval(gone))).then(
      () => undefined,
    );
    // Told to whoever waits for a removal; unheard, it must not end the process.
    this.#interrupted.catch(() => undefined);
  }

  async start(workload: Workload): Promise<void> {
    const { id, instanceCount } = workload;
    if (!this.#folders.has(id)) {
      this.#folders.create(id, instanceCount, (index, record, paths) => this.compile(workload, index, record, paths));
    }
    const record = this.#folders.record(id);
    if (record === undefined) return;
    this.#follow(id);
    for (let index = 0; index < record.instanceCount; index += 1) {
      if (instanceStatus(this.#folders.instance(record, index)).type === 'unclaimed') this.#spawn(record, index);
    }
  }

  async inspect(id: string): Promise<WorkloadState | undefined> {
    const record = this.#folders.record(id);
    if (record === undefined) return this.#unreadable(id);
    const reports = await Promise.all(
      Array.from({ length: record.instanceCount }, (_, index) => this.#report(record, index)),
    );
    if (reports.every((report) => report?.phase === 'exited')) this.#watch.forget(id);
    return { id, instances: reports.map((report, index) => instanceState(record, index, report)) };
  }

  async stop(id: string, options: StopOptions = {}): Promise<void> {
    const record = this.#folders.record(id);
    if (record === undefined) return;
    const { stopFile } = this.#folders.instance(record, 0);
    const before = readOrder(stopFile);
    const { interrupt } = before ?? options;
    const order: StopOrder = {
      abandon: options.abandon === true || before?.abandon === true,
      ...(interrupt !== undefined && options.interrupt !== undefined && { interrupt }),
    };
    writeWhole(stopFile, JSON.stringify(order));
    for (let index = 0; index < record.instanceCount; index += 1) {
      const status = instanceStatus(this.#folders.instance(record, index));
      if (status.type === 'live') signalProcess(status.pid, 'SIGTERM');
    }
  }

  async remove(id: string): Promise<void> {
    this.#watch.forget(id);
    await this.#interrupted;
    const running =
      this.#removals.get(id) ??
      removeWorkload(this.#folders, id, (gone) => this.#finishRemoval(gone)).finally(() => this.#removals.delete(id));
    this.#removals.set(id, running);
    await running;
  }

  async list(): Promise<string[]> {
    return this.#folders.list();
  }

  async retained(): Promise<string[]> {
    return this.#retained.list();
  }

  async discard(name: string): Promise<void> {
    await this.#retained.discard(name);
  }

  onChange(listener: (id: string) => void): () => void {
    return this.#watch.listen(listener);
  }

  async close(): Promise<void> {
    this.#watch.close();
    await Promise.allSettled([this.#interrupted, ...this.#removals.values()]);
  }

  async #report(record: WorkloadRecord, index: number): Promise<InstanceReport | undefined> {
    const paths = this.#folders.instance(record, index);
    const status = instanceStatus(paths);
    switch (status.type) {
      case 'unclaimed':
        // Its start was interrupted: go on with it. A worker that is on its way from before makes this one turn back.
        this.#spawn(record, index);
        return undefined;
      case 'dead':
        await this.killProgram(record, index, status.report);
        return declareLost(record, index, paths, status.report);
      case 'live':
      case 'exited':
        return status.report;
      default:
        return status satisfies never;
    }
  }

  #spawn(record: WorkloadRecord, index: number): void {
    const key = `${record.nonce}#${index}`;
    if (this.#spawned.has(key)) return;
    this.#spawned.add(key);
    const paths = this.#folders.instance(record, index);
    const worker = spawnWorker(paths, this.#environment);
    const ended = (): void => {
      // A worker that ends without a claim never will run: claiming in its place makes the instance lost instead of pending for ever.
      takeClaim(paths.claimFile, { worker: NOBODY });
      this.#watch.tell(record.id);
    };
    worker.once('exit', ended);
    worker.once('error', ended);
  }

  #finishRemoval(gone: string): Promise<void> {
    return finishRemoval(this.#folders, gone, {
      killProgram: (record, index, report) => this.killProgram(record, index, report),
      release: (record) => this.release(record),
    });
  }

  #follow(id: string): void {
    const record = this.#folders.record(id);
    if (record === undefined) return;
    const paths = Array.from({ length: record.instanceCount }, (_, index) => this.#folders.instance(record, index));
    this.#watch.follow(record, () => paths.some((each) => instanceStatus(each).type === 'dead'));
  }

  /** A folder without a readable record is what a crash of the machine left of a start: nothing can run of it. */
  #unreadable(id: string): WorkloadState | undefined {
    if (!this.#folders.has(id)) return undefined;
    const at = new Date().toISOString();
    const exit = { reason: 'lost', message: 'The machine stopped while the workload was being started.' } as const;
    return {
      id,
      instances: [{ index: 0, phase: 'exited', transitions: [{ phase: 'exited', at }], exit, finalMetrics: [] }],
    };
  }
}

function readOrder(stopFile: string): StopOrder | undefined {
  const text = readText(stopFile);
  return text === undefined ? undefined : (JSON.parse(text) as StopOrder); // written whole by stop only
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

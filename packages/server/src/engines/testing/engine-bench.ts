import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine.ts';
import type { Workload, WorkloadState } from '../workload.ts';

/** A place where engines of one kind live: what it keeps outlives each engine object. */
export interface EngineUnderTest {
  /** A further engine object on the same place, as after a restart of the control plane. */
  open(): Promise<Engine>;
  /** What programs get as AWS_ENDPOINT_URL. */
  readonly endpoint: string | RegExp;
  /** The suite's programs are commands: how this engine is asked for the same. Absent: as they are. */
  readonly adapt?: (workload: Workload) => Workload;
  /** Where a service has to listen. Default: the loopback address. */
  readonly listenOn?: string;
  /** Whether a process runs, by the number that the program printed. Default: as this machine counts. */
  readonly isRunning?: (id: string, pid: number) => boolean;
  /** Messages of a log stream so far. */
  log(group: string, stream: string): Promise<string[]>;
  uri(key: string): string;
  putObject(key: string, content: string): Promise<void>;
  /** Makes the file `go` appear in the program's working folder. */
  release(id: string, index: number): Promise<void>;
  /** Kills the process beside the program. Absent where the engine has none on this machine. */
  readonly killWorker?: (id: string, index: number) => Promise<void>;
  /** What is left of removed workloads: folders, processes, containers. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const LIMIT_MS = 20_000;

/** What the contract suite works with: an engine, its place, and ways to wait for events. */
export class EngineBench {
  readonly place: EngineUnderTest;
  readonly #engines: Engine[] = [];
  #current: Engine | undefined;

  constructor(place: EngineUnderTest) {
    this.place = place;
  }

  get engine(): Engine {
    assert.ok(this.#current !== undefined, 'open first');
    return this.#current;
  }

  async open(): Promise<void> {
    this.#current = await this.another();
  }

  async another(): Promise<Engine> {
    const engine = await this.place.open();
    this.#engines.push(engine);
    const { adapt } = this.place;
    return adapt === undefined ? engine : adapted(engine, adapt);
  }

  /** Closes the engine as a control plane that ends does, and opens the next. */
  async restart(): Promise<Engine> {
    await this.engine.close();
    await this.open();
    return this.engine;
  }

  isRunning({ id }: Workload, pid: string): boolean {
    return this.place.isRunning?.(id, Number(pid)) ?? isRunning(Number(pid));
  }

  ended(id: string): Promise<WorkloadState> {
    return this.until(id, hasEnded);
  }

  /** Waits as a controller does: on hints, and by looking now and then. */
  async until(id: string, met: (state: WorkloadState) => boolean): Promise<WorkloadState> {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const hint = new AbortController();
      const unsubscribe = this.engine.onChange((changed) => changed === id && hint.abort());
      const state = await this.engine.inspect(id);
      if (state !== undefined && met(state)) {
        unsubscribe();
        return state;
      }
      assert.ok(Date.now() < deadline, `${id} did not get there: ${JSON.stringify(state)}`);
      await sleep(200, undefined, { signal: hint.signal }).catch(() => undefined); // the hint came first
      unsubscribe();
    }
  }

  log({ logs }: Workload, index = 0): Promise<string[]> {
    return this.place.log(logs.group, logs.streams[index] ?? '');
  }

  async logged(workload: Workload, text: string, index = 0): Promise<void> {
    const deadline = Date.now() + LIMIT_MS;
    while (!(await this.log(workload, index)).includes(text)) {
      assert.ok(Date.now() < deadline, `the log never said ${text}`);
      await sleep(5);
    }
  }

  async releaseAll({ id, instanceCount }: Workload): Promise<void> {
    for (let index = 0; index < instanceCount; index += 1) await this.place.release(id, index);
  }

  async close(): Promise<void> {
    const engine = await this.another();
    for (const id of await engine.list()) await engine.remove(id);
    assert.deepEqual(await this.place.leftovers(), []);
    await Promise.all(this.#engines.map((each) => each.close()));
    await this.place.close();
  }
}

/** The same engine, asked for the suite's programs in its own form. */
function adapted(engine: Engine, adapt: (workload: Workload) => Workload): Engine {
  return new Proxy(engine, {
    get: (target, key) => {
      if (key === 'start') return (workload: Workload) => target.start(adapt(workload));
      if (key === 'refuse') return (workload: Workload) => target.refuse(adapt(workload));
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

export function hasEnded({ instances }: WorkloadState): boolean {
  return instances.every(({ phase }) => phase === 'exited');
}

/** A workload that runs a shell script, or a program with arguments. */
export function command(script: string | [string, ...string[]], changes: Partial<Workload> = {}): Workload {
  const id = `training-job/check-${randomUUID().slice(0, 8)}/1`;
  const count = changes.instanceCount ?? 1;
  return {
    id,
    mode: 'job',
    program: { type: 'command', command: { argv: typeof script === 'string' ? ['sh', '-c', script] : script } },
    instanceCount: count,
    limits: { vcpus: 1, memoryBytes: 2 ** 33, gpus: 0 },
    environment: {},
    inputs: [],
    outputs: [],
    files: {},
    metricDefinitions: [],
    logs: {
      group: '/check',
      streams: Array.from({ length: count }, (_, index) => `${changes.id ?? id}/algo-${index + 1}`),
    },
    stopGraceSeconds: 10,
    notices: [],
    ...changes,
  };
}

/** Whether a process of this machine runs; a zombie does not. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // it has just ended
  }
}

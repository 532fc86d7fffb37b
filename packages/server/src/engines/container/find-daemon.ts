import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ContainerProgram } from '@rung/worker';
import { Daemon } from '@rung/worker/containers';
import { countGpus } from '../workers/count-gpus.ts';

/** What a daemon says of itself, as far as containers depend on it. */
export interface DaemonFacts {
  readonly socket: string;
  readonly product: 'docker' | 'podman';
  /** Cores of the machine that containers run on. */
  readonly cpus: number;
  /** It runs as an ordinary user: its networks are not this machine's. */
  readonly rootless: boolean;
  readonly reach: ContainerProgram['reach'];
  readonly gpus: NonNullable<ContainerProgram['gpus']>;
}

export type Finding =
  | { readonly type: 'found'; readonly facts: DaemonFacts }
  /** There is a socket, and nobody has asked it yet. */
  | { readonly type: 'promising' }
  /** `looked`: each place, with what was wrong there. */
  | { readonly type: 'none'; readonly looked: readonly string[] };

const ANSWER_MS = 5000;
/** A finding older than this is looked at again, in the background, when somebody asks for it. */
const FRESH_MS = { found: 30_000, none: 1000 };

/**
 * Finds the daemon that runs containers, and remembers what it found: asking costs nothing, and the platform's start does not wait for it.
 */
export class DaemonFinder {
  readonly #places: readonly Place[];
  #answer: { readonly finding: Finding; readonly at: number } | undefined;
  #asking: Promise<Finding> | undefined;

  /** @param named a socket from the configuration: then no other place is looked at. */
  constructor(named: string | undefined, environment: NodeJS.ProcessEnv) {
    this.#places = places(named, environment);
  }

  /** What is known now. Looks again in the background when that may be out of date. */
  get finding(): Finding {
    const known = this.#answer?.finding;
    if (known?.type === 'found') {
      if (this.#olderThan(FRESH_MS.found)) void this.refresh();
      return known;
    }
    if (!this.#places.some(({ socket }) => socket !== undefined && existsSync(socket))) return this.#nothing();
    if (known === undefined || this.#olderThan(FRESH_MS.none)) void this.refresh();
    return known ?? { type: 'promising' };
  }

  /** Asks the daemons now. */
  refresh(): Promise<Finding> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** What was found before if it was something, else what is found now. */
  async ready(): Promise<Finding> {
    const known = this.#answer?.finding;
    return known?.type === 'found' ? known : await this.refresh();
  }

  async #ask(): Promise<Finding> {
    const looked: string[] = [];
    let finding: Finding | undefined;
    for (const { socket, label } of this.#places) {
      const why = socket === undefined ? 'is no unix socket' : existsSync(socket) ? undefined : 'is not there';
      if (why !== undefined) {
        looked.push(`${label} ${why}`);
        continue;
      }
      try {
        finding = { type: 'found', facts: await examine(socket ?? '') };
        break;
      } catch (error) {
        looked.push(error instanceof Error ? error.message : String(error));
      }
    }
    finding ??= { type: 'none', looked };
    this.#answer = { finding, at: Date.now() };
    return finding;
  }

  #nothing(): Finding {
    return {
      type: 'none',
      looked: this.#places.map(
        ({ socket, label }) => `${label} ${socket === undefined ? 'is no unix socket' : 'is not there'}`,
      ),
    };
  }

  #olderThan(age: number): boolean {
    return Date.now() - (this.#answer?.at ?? 0) > age;
  }
}

interface Place {
  /** Absent: the place is named in a form that cannot be used. */
  readonly socket: string | undefined;
  readonly label: string;
}

/** Where daemons listen, in the order in which they are asked. */
function places(named: string | undefined, environment: NodeJS.ProcessEnv): Place[] {
  if (named !== undefined) return [{ socket: unixSocket(named), label: `container.socket (${named})` }];
  const { DOCKER_HOST: host, XDG_RUNTIME_DIR: runtimeDir } = environment;
  const usual = [
    '/var/run/docker.sock',
    ...(runtimeDir === undefined ? [] : [join(runtimeDir, 'docker.sock'), join(runtimeDir, 'podman/podman.sock')]),
    '/run/podman/podman.sock',
  ];
  if (host === undefined || host === '') return usual.map((socket) => ({ socket, label: socket }));
  // Whoever sets it means it: a daemon elsewhere has other images.
  return [{ socket: unixSocket(host), label: `DOCKER_HOST (${host})` }];
}

/** Folders are shared with the containers, which only a daemon of this machine can do. */
function unixSocket(text: string): string | undefined {
  if (text.startsWith('unix://')) return text.slice('unix://'.length);
  return text.startsWith('/') ? text : undefined;
}

async function examine(socket: string): Promise<DaemonFacts> {
  const daemon = new Daemon(socket);
  try {
    const product = await daemon.ping(ANSWER_MS);
    const gpus = countGpus();
    // What the question that takes the daemon long would answer is known of a daemon of root's on this machine.
    const plain = process.platform === 'linux' && gpus === 0 && statSync(socket).uid === 0;
    const info = plain ? undefined : await daemon.call({ method: 'GET', path: '/info', timeoutMs: ANSWER_MS });
    const surroundings = { platform: process.platform, cpus: availableParallelism(), gpus, cdi: describedByCdi() };
    return compileFacts(socket, product, info as InfoAnswer | undefined, surroundings); // the Docker API's own shape
  } finally {
    daemon.close();
  }
}

export interface InfoAnswer {
  readonly NCPU?: number;
  readonly OperatingSystem?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Rootless?: boolean;
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
}

export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  readonly cpus: number;
  readonly gpus: number;
  /** A CDI description of its NVIDIA GPUs exists. */
  readonly cdi: boolean;
}

/** Pure. `info`: absent for a daemon that runs as root beside this process. */
export function compileFacts(
  socket: string,
  product: DaemonFacts['product'],
  info: InfoAnswer | undefined,
  { platform, cpus, gpus, cdi }: MachineFacts,
): DaemonFacts {
  const rootless =
    info?.Rootless === true || (info?.SecurityOptions ?? []).some((option) => option.includes('name=rootless'));
  // Containers then run in a virtual machine, which has a name for the machine around it.
  const apart = platform !== 'linux' || info?.OperatingSystem === 'Docker Desktop';
  const handsOn = product === 'docker' ? 'nvidia' in (info?.Runtimes ?? {}) : cdi;
  return {
    socket,
    product,
    cpus: info?.NCPU ?? cpus,
    rootless,
    reach: apart
      ? { type: 'name', name: product === 'podman' ? 'host.containers.internal' : 'host.docker.internal' }
      : { type: rootless ? 'none' : 'door' },
    gpus: { count: handsOn ? gpus : 0, by: product === 'docker' ? 'device-requests' : 'cdi' },
  };
}

function describedByCdi(): boolean {
  return ['/etc/cdi/nvidia.yaml', '/var/run/cdi/nvidia.yaml', '/etc/cdi/nvidia.json'].some((file) => existsSync(file));
}

/** The calls of the Docker API that instances need, typed; every one of them may be repeated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerBody } from './container-body.ts';
import type { Daemon } from './daemon.ts';
import { DaemonError } from './daemon-error.ts';

export interface ContainerState {
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Process id of its first process, as this machine counts; 0 when it does not run. */
  readonly pid: number;
  /** Why the daemon could not run it; empty otherwise. */
  readonly error: string;
  /** Ports of this machine by port of the container, e.g. `8080/tcp`. */
  readonly ports: ReadonlyMap<string, number>;
}

/** A container of this name that is there already is what a start left that was interrupted: it is taken away first. */
export async function createContainer(daemon: Daemon, name: string, body: ContainerBody): Promise<void> {
  const create = { method: 'POST', path: `/containers/create?name=${name}`, json: body } as const;
  try {
    await daemon.call(create);
  } catch (error) {
    if (!(error instanceof DaemonError) || !isTaken(error)) throw error;
    await removeContainer(daemon, name);
    await daemon.call(create);
  }
}

export async function startContainer(daemon: Daemon, name: string): Promise<void> {
  await daemon.call({ method: 'POST', path: `/containers/${name}/start` });
}

/** `undefined`: there is no such container. */
export async function inspectContainer(daemon: Daemon, name: string): Promise<ContainerState | undefined> {
  const found = await orNone(daemon.call({ method: 'GET', path: `/containers/${name}/json` }));
  if (found === undefined) return undefined;
  // The Docker API's own shape; what an older daemon leaves out stays undefined.
  const { State: state, NetworkSettings: network } = found as {
    State: { Running?: boolean; Status?: string; ExitCode?: number; OOMKilled?: boolean; Pid?: number; Error?: string };
    NetworkSettings?: { Ports?: Record<string, { HostPort: string }[] | null> | null };
  };
  return {
    // Podman calls it `stopping` or `stopped` while it still clears away what has ended.
    running: state.Running === true || state.Status === 'created' || state.Status === 'initialized',
    exitCode: state.ExitCode ?? 0,
    outOfMemory: state.OOMKilled === true,
    pid: state.Pid ?? 0,
    error: state.Error ?? '',
    ports: new Map(
      Object.entries(network?.Ports ?? {}).flatMap(([inside, outside]) => {
        const port = Number(outside?.[0]?.HostPort);
        return port > 0 ? [[inside, port] as const] : [];
      }),
    ),
  };
}

/** Sends a signal to the container's first process; one that does not run any more is no error. */
export async function signalContainer(daemon: Daemon, name: string, signal: NodeJS.Signals): Promise<void> {
  await orNone(daemon.call({ method: 'POST', path: `/containers/${name}/kill?signal=${signal}` }), [404, 409, 500]);
}

/** Kills and removes the container with its anonymous volumes. Resolves when it is gone. */
export async function removeContainer(daemon: Daemon, name: string, limitMs = 20_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (let pause = 5; ; pause = Math.min(2 * pause, 200)) {
    try {
      await orNone(daemon.call({ method: 'DELETE', path: `/containers/${name}?force=1&v=1` }));
      return;
    } catch (error) {
      // Somebody else is removing it, or it is just ending: what counts is that it is gone in the end.
      if (!(error instanceof DaemonError) || Date.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

/** Names of all containers, running or not, that carry these labels. */
export async function listContainers(daemon: Daemon, labels: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await daemon.call({ method: 'GET', path: `/containers/json?all=1&filters=${filters(labels)}` });
  // The Docker API's own shape: names begin with a slash.
  return (found as { Names: string[] }[]).flatMap(({ Names }) =>
    Names.slice(0, 1).map((name) => name.replace(/^\//, '')),
  );
}

/** Makes a network of this name, or does nothing when there is one. */
export async function createNetwork(
  daemon: Daemon,
  name: string,
  options: { readonly internal: boolean; readonly labels: Readonly<Record<string, string>> },
): Promise<void> {
  const json = {
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: options.internal,
    Labels: options.labels,
  };
  try {
    await daemon.call({ method: 'POST', path: '/networks/create', json });
  } catch (error) {
    if (!(error instanceof DaemonError) || !isTaken(error)) throw error;
  }
}

/** Address of this machine in a network, as containers see it; `undefined` when it has none there. */
export async function networkGateway(daemon: Daemon, name: string): Promise<string | undefined> {
  const found = await orNone(daemon.call({ method: 'GET', path: `/networks/${name}` }));
  // The Docker API's own shape.
  const { IPAM: addresses } = (found ?? {}) as { IPAM?: { Config?: { Gateway?: string }[] | null } };
  return addresses?.Config?.map(({ Gateway }) => Gateway).find(
    (gateway) => gateway !== undefined && gateway.includes('.'),
  );
}

export async function listNetworks(daemon: Daemon, labels: Readonly<Record<string, string>>): Promise<string[]> {
  const found = await daemon.call({ method: 'GET', path: `/networks?filters=${filters(labels)}` });
  return (found as { Name: string }[]).map(({ Name }) => Name); // the Docker API's own shape
}

export async function removeNetwork(daemon: Daemon, name: string): Promise<void> {
  await orNone(daemon.call({ method: 'DELETE', path: `/networks/${name}` }));
}

export interface ContainerUse {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What the container uses now; `undefined` once it has ended. */
export async function containerUse(daemon: Daemon, name: string): Promise<ContainerUse | undefined> {
  const path = `/containers/${name}/stats?stream=false&one-shot=true`;
  const found = await orNone(daemon.call({ method: 'GET', path, timeoutMs: 5000 }), [404, 409, 500]);
  // The Docker API's own shape.
  const { cpu_stats: cpu, memory_stats: memory } = (found ?? {}) as {
    cpu_stats?: { cpu_usage?: { total_usage?: number } };
    memory_stats?: { usage?: number };
  };
  if (cpu?.cpu_usage?.total_usage === undefined) return undefined;
  return { cpuSeconds: cpu.cpu_usage.total_usage / 1e9, memoryBytes: memory?.usage ?? 0 };
}

function filters(labels: Readonly<Record<string, string>>): string {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return encodeURIComponent(JSON.stringify({ label }));
}

/** Docker says 409, Podman 409 or, for names, 500. */
function isTaken({ status, message }: DaemonError): boolean {
  return status === 409 || /already (?:in use|exists|used)|is in use/.test(message);
}

async function orNone(call: Promise<unknown>, none: readonly number[] = [404]): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DaemonError && none.includes(error.status)) return undefined;
    throw error;
  }
}

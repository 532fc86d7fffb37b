import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { realpathSync } from 'node:fs';
import type { InstanceReport, InstanceSpec } from '@rung/worker';
import {
  Daemon,
  DaemonUnreachable,
  listContainers,
  listNetworks,
  removeContainer,
  removeNetwork,
} from '@rung/worker/containers';
import type { Capabilities, Refusal } from '../engine.ts';
import type { Workload } from '../workload.ts';
import { WorkerEngine, type WorkerEngineOptions } from '../workers/worker-engine.ts';
import { refuseInputs } from '../workers/refuse-inputs.ts';
import type { InstancePaths, WorkloadRecord } from '../workers/workload-folders.ts';
import { compileContainer, containerName, platformLabel, runLabel } from './compile-container.ts';
import { credentialFiles } from './credential-files.ts';
import { DaemonFinder, type Finding } from './find-daemon.ts';
import { refusal } from './refusal.ts';
import type { ContainerSettings } from './settings.ts';

export interface ContainerEngineOptions extends WorkerEngineOptions {
  readonly settings: ContainerSettings;
  /** Where the daemon's address and credentials are looked for. Default: this process' own. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Hosts of one workload are containers on one machine: more than this only makes sense elsewhere. */
const MAX_INSTANCES = 64;

/** Runs every instance as a worker process whose program is a container of a Docker or Podman daemon on this machine. */
export class ContainerEngine extends WorkerEngine {
  readonly name = 'container';
  readonly #settings: ContainerSettings;
  readonly #finder: DaemonFinder;
  readonly #platform: string;
  readonly #credentialFiles: readonly string[];
  #facts: Extract<Finding, { type: 'found' }>['facts'] | undefined;
  #swept: Promise<void> | undefined;

  constructor({ settings, environment = process.env, ...options }: ContainerEngineOptions) {
    super(options);
    this.#settings = settings;
    this.#finder = new DaemonFinder(settings.socket, environment);
    this.#platform = createHash('sha256').update(realpathSync(options.stateDir)).digest('hex').slice(0, 12);
    this.#credentialFiles = credentialFiles(environment, homedir());
    this.takeUp();
    // Nothing waits for it: a control plane starts as fast without a daemon as with one.
    if (this.#finder.finding.type === 'promising') this.#found().catch(() => undefined);
  }

  get capabilities(): Capabilities {
    const { finding } = this.#finder;
    return {
      algorithms: false,
      commands: false,
      images: true,
      gpus: finding.type === 'found' ? finding.facts.gpus.count : 0,
      maxInstances: MAX_INSTANCES,
      networkIsolation: true,
      realOptMl: true,
    };
  }

  refuse(workload: Workload): Refusal | undefined {
    const { finding } = this.#finder;
    const rootless = finding.type === 'found' && (finding.facts.rootless || finding.facts.reach.type === 'name');
    const entersNetworks = process.platform === 'linux' && process.getuid?.() === 0 && !rootless;
    const inputs = refuseInputs(workload, this.options);
    return inputs ?? refusal(workload, { finding, capabilities: this.capabilities, entersNetworks });
  }

  override async start(workload: Workload): Promise<void> {
    await this.#found();
    await super.start(workload);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#swept?.catch(() => undefined);
  }

  protected compile(
    workload: Workload,
    index: number,
    record: WorkloadRecord,
    hosts: readonly InstancePaths[],
  ): InstanceSpec {
    if (this.#facts === undefined) throw new Error('compile is called by start, which has found the daemon');
    return compileContainer(workload, index, record, hosts, {
      ...this.surroundings,
      daemon: this.#facts,
      settings: this.#settings,
      platform: this.#platform,
      credentialFiles: this.#credentialFiles,
    });
  }

  protected override async killProgram(
    record: WorkloadRecord,
    index: number,
    report: InstanceReport | undefined,
  ): Promise<void> {
    // What else there is, such as the way into a container without a network.
    await super.killProgram(record, index, report);
    await this.#withDaemon(report?.phase === 'exited', (daemon) =>
      removeContainer(daemon, containerName(record, index)),
    );
  }

  protected override async release(record: WorkloadRecord): Promise<void> {
    if (record.instanceCount === 1) return;
    await this.#withDaemon(false, (daemon) => removeNetworks(daemon, { [runLabel]: record.nonce }));
  }

  /** @throws Error when there is no daemon to be found. */
  async #found(): Promise<void> {
    const finding = await this.#finder.ready();
    if (finding.type !== 'found')
      throw new Error(
        `No container daemon answers${finding.type === 'none' ? `: ${finding.looked.join('; ')}` : ''}. Start Docker or Podman again.`,
      );
    this.#facts = finding.facts;
    this.#swept ??= this.#sweep();
    // A sweep that fails is made by the next control plane.
    this.#swept.catch(() => undefined);
  }

  /** Removes what an earlier control plane of this folder made and nobody knows any more, as after a crash of the machine. */
  async #sweep(): Promise<void> {
    await this.#withDaemon(true, async (daemon) => {
      const mine = { [platformLabel]: this.#platform };
      const [containers, networks] = [await listContainers(daemon, mine), await listNetworks(daemon, mine)];
      // Listed after them: a workload that begins now is known before its container is there.
      const known = await this.#runs();
      const unknown = (name: string): boolean => !known.some((nonce) => name.endsWith(`-${nonce}`));
      for (const name of containers.filter(unknown)) await removeContainer(daemon, name);
      for (const name of networks.filter(unknown)) await removeNetwork(daemon, name);
    });
  }

  async #runs(): Promise<string[]> {
    return (await this.list()).flatMap((id) => this.record(id)?.nonce ?? []);
  }

  async #withDaemon(mayBeAway: boolean, work: (daemon: Daemon) => Promise<void>): Promise<void> {
    const finding = await this.#finder.ready();
    if (finding.type !== 'found') {
      if (mayBeAway) return;
      throw new Error('Containers are left to remove, and no container daemon answers. Start Docker or Podman again.');
    }
    const daemon = new Daemon(finding.facts.socket);
    try {
      await work(daemon);
    } catch (error) {
      if (!(mayBeAway && error instanceof DaemonUnreachable)) throw error;
    } finally {
      daemon.close();
    }
  }
}

async function removeNetworks(daemon: Daemon, labels: Readonly<Record<string, string>>): Promise<void> {
  for (const name of await listNetworks(daemon, labels)) await removeNetwork(daemon, name);
}

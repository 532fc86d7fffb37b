import type { ContainerProgram, InstanceSpec } from '@rung/worker';
import type { Workload } from '../workload.ts';
import { type WorkerSurroundings, workerInstance } from '../workers/worker-instance.ts';
import type { InstancePaths, WorkloadRecord } from '../workers/workload-folders.ts';
import type { DaemonFacts } from './find-daemon.ts';
import type { ContainerSettings } from './settings.ts';

export interface ContainerSurroundings extends WorkerSurroundings {
  readonly daemon: DaemonFacts;
  readonly settings: ContainerSettings;
  /** Tells this platform's containers from those of others on the same daemon. */
  readonly platform: string;
  readonly credentialFiles: readonly string[];
}

/** What the worker of one container is told. Pure. */
export function compileContainer(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { daemon, settings, platform, credentialFiles, ...surroundings }: ContainerSurroundings,
): InstanceSpec {
  const { program, mode } = workload;
  const limits = workload.instances?.[index]?.limits ?? workload.limits;
  if (program.type !== 'image')
    throw new Error(`workload ${workload.id} was refused by this engine and started all the same`);
  const { paths, ...common } = workerInstance(workload, index, record, hosts, surroundings, true);
  const network = networkOf(workload, record);
  return {
    ...common,
    mountOptMl: false,
    program: {
      image: program.image,
      ...(program.entrypoint === undefined ? {} : { entrypoint: program.entrypoint }),
      ...(program.arguments === undefined ? {} : { arguments: program.arguments }),
      socket: daemon.socket,
      name: containerName(record, index),
      labels: labels(platform, record),
      network,
      reach: daemon.reach,
      cpus: Math.min(limits.vcpus, daemon.cpus),
      pidsLimit: settings.pidsLimit,
      // As the kernel gives to a machine: half of its memory, which data loaders with several processes need.
      sharedMemoryBytes: Math.max(SMALLEST_SHARED_MEMORY, Math.floor(limits.memoryBytes / 2)),
      init: settings.init,
      ...(settings.user === undefined ? {} : { user: settings.user }),
      ...(limits.gpus === 0 ? {} : { gpus: { ...daemon.gpus, count: limits.gpus } }),
      credentialFiles,
    },
    // Without a network the way in leads through a socket, which is a file.
    ...(mode === 'service' && network.type === 'none' ? { listen: { type: 'unix', path: paths.socket } } : {}),
  };
}

const SMALLEST_SHARED_MEMORY = 64 * 2 ** 20;

/** Hosts of one workload need a network in which they know each other's names; who is alone and isolated needs none at all. */
function networkOf({ networkIsolation, instanceCount }: Workload, record: WorkloadRecord): ContainerProgram['network'] {
  const isolated = networkIsolation === true;
  if (instanceCount > 1) return { type: 'own', name: `rung-${record.nonce}`, isolated };
  return { type: isolated ? 'none' : 'default' };
}

/** Readable in the daemon's own lists, and different for every run. */
export function containerName({ id, nonce }: WorkloadRecord, index: number): string {
  const name = (id.split('/')[1] ?? '').slice(0, 40);
  return `rung-${name}-${index + 1}-${nonce}`;
}

export const platformLabel = 'dev.rung.platform';
export const runLabel = 'dev.rung.run';

function labels(platform: string, { id, nonce }: WorkloadRecord): Record<string, string> {
  return { [platformLabel]: platform, [runLabel]: nonce, 'dev.rung.workload': id };
}

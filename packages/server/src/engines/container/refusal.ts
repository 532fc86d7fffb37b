import type { Capabilities, Refusal } from '../engine.ts';
import type { Workload } from '../workload.ts';
import type { Finding } from './find-daemon.ts';

export interface Surroundings {
  readonly finding: Finding;
  readonly capabilities: Capabilities;
  /** The control plane may enter the networks of containers: Linux, as root. */
  readonly entersNetworks: boolean;
}

/** Why the container engine cannot run a workload. Pure. */
export function refusal(
  workload: Workload,
  { finding, capabilities, entersNetworks }: Surroundings,
): Refusal | undefined {
  const { program, instanceCount, limits, mode } = workload;
  if (program.type !== 'image') {
    const what =
      program.type === 'algorithm' ? `built-in algorithm ${program.name}` : `program of type ${program.type}`;
    return {
      reason: `the container engine runs container images, and a ${what} is none`,
      remedy: 'use the process engine: it runs beside this one and is chosen by itself',
    };
  }
  if (finding.type === 'none') {
    return {
      reason: `"${program.image}" is a container image, and the container engine found neither Docker nor Podman (${finding.looked.join('; ')})`,
      remedy:
        'install one and start it, e.g. `apt-get install podman && systemctl enable --now podman.socket`, or name its socket in rung.yaml (container: socket); or use the image of a built-in algorithm, or rung/host to run a program of this machine',
    };
  }
  if (instanceCount > capabilities.maxInstances) {
    return {
      reason: `the container engine runs at most ${capabilities.maxInstances} instances of a workload, and ${instanceCount} are asked for`,
      remedy: 'ask for fewer instances, or use an engine with more machines',
    };
  }
  if (limits.gpus > capabilities.gpus) {
    return {
      reason: `${limits.gpus} GPUs are asked for, containers of this machine can have ${capabilities.gpus}`,
      remedy:
        'choose an instance type without GPUs, or install the NVIDIA Container Toolkit (Docker: its runtime; Podman: nvidia-ctk cdi generate)',
    };
  }
  if (workload.networkIsolation === true && mode === 'service' && !entersNetworks) {
    return {
      reason: 'a model in a container without a network can only be asked by a platform that runs as root on Linux',
      remedy: 'leave EnableNetworkIsolation out, or start rung up as root with a daemon that runs as root',
    };
  }
  return undefined;
}

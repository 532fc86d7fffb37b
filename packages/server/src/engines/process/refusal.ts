import type { Capabilities, Refusal } from '../engine.ts';
import type { ScriptCommands } from '../../programs/script-commands.ts';
import type { Workload } from '../workload.ts';

/** Why the process engine cannot run a workload. Pure. */
export function refusal(
  { program, instanceCount, limits }: Workload,
  capabilities: Capabilities,
  scripts?: ScriptCommands,
): Refusal | undefined {
  if (program.type === 'image') {
    return {
      reason: `the process engine runs no container images, and "${program.image}" is one`,
      remedy:
        'install Podman or Docker and start it, and the container engine runs it (e.g. `apt-get install podman && systemctl enable --now podman.socket`); or use the image of a built-in algorithm, or rung/host to run a program of this machine',
    };
  }
  if (program.type === 'script') {
    const missing = scripts === undefined ? noScripts : scripts.refuse(program);
    if (missing !== undefined) return missing;
  }
  if (instanceCount > capabilities.maxInstances) {
    return {
      reason: `the process engine runs at most ${capabilities.maxInstances} instances of a workload, and ${instanceCount} are asked for`,
      remedy: 'ask for fewer instances, or use an engine with more machines',
    };
  }
  if (limits.gpus > capabilities.gpus) {
    return {
      reason: `${limits.gpus} GPUs are asked for, this machine has ${capabilities.gpus}`,
      remedy: 'choose an instance type without GPUs, or ask for fewer',
    };
  }
  return undefined;
}

const noScripts: Refusal = {
  reason: 'this engine has no environments for scripts',
  remedy: 'use the image name rung/host to run a program of this machine',
};

import { readdirSync } from 'node:fs';

/** NVIDIA GPUs that this machine's kernel knows. */
export function countGpus(): number {
  try {
    return readdirSync('/proc/driver/nvidia/gpus').length;
  } catch {
    return 0;
  }
}

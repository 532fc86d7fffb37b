/** What a training may hold in memory. A job that cannot fit is refused with the numbers, before it has worked for an hour. */
import { totalmem } from 'node:os';
import { ClientError } from '../errors.ts';

/** Bytes of the machine, or of the limit that the job runs under: what it has, not what is free now, so that the same job does the same again. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Of the kernels' memory, which is addressed with 32 bits. */
export const KERNEL_MEMORY_BYTES = 4 * 2 ** 30;

export interface MemoryNeed {
  readonly bytes: number;
  /** E.g. `an index of 20000000 rows with 128 features`. */
  readonly what: string;
  /** E.g. `lower sample_size`. */
  readonly remedy: string;
  /** Whether the bytes lie in the kernels' memory. Default true. */
  readonly inKernels?: boolean;
}

/** Thrown when the machine, or the kernels' memory, has less: ClientError. */
export function requireMemory({ bytes, what, remedy, inKernels = true }: MemoryNeed): void {
  const machine = machineMemory();
  const [limit, owner] =
    inKernels && KERNEL_MEMORY_BYTES < machine
      ? [KERNEL_MEMORY_BYTES, 'an algorithm can use']
      : [machine, 'the instance has'];
  if (bytes > limit)
    throw new ClientError(
      `${what} needs ${gigabytes(bytes)} of memory, more than the ${gigabytes(limit)} that ${owner}: ${remedy}`,
    );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}

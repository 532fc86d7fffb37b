/**
 * What the hosts of one job do together. Every host calls the same operations in the same order; an operation resolves when this host has what it
 * needs of the others. Results are the same bits on every host, and do not depend on which host was faster: sums are added in the order of ranks.
 */
export interface Collective {
  /** 0 … size - 1: the place of this host among the hosts of the job. */
  readonly rank: number;
  readonly size: number;
  /** Adds the arrays of all hosts element by element, in place. All must have the same type and length. */
  sum(values: Float32Array | Float64Array): Promise<void>;
  /** The bytes of every host, by rank; they need not have the same length. */
  gather(bytes: Uint8Array): Promise<Uint8Array[]>;
  /** The bytes of rank 0; what other hosts give is not looked at. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One host alone: nothing to wait for. */
export const alone: Collective = {
  rank: 0,
  size: 1,
  sum: () => Promise.resolve(),
  gather: (bytes) => Promise.resolve([bytes]),
  broadcast: (bytes) => Promise.resolve(bytes),
  close: () => Promise.resolve(),
};

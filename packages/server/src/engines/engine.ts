/** The `Engine` seam: something that can run Workloads. */
import type { Workload, WorkloadState } from './workload.ts';

export interface Engine {
  /** As named in `rung.yaml` and in errors, e.g. `process`. */
  readonly name: string;
  readonly capabilities: Capabilities;

  /** Why this engine cannot run the workload, or `undefined` when it can. Asked at Create, before anything is remembered; has no side effects. */
  refuse(workload: Workload): Refusal | undefined;
  /** Starts it, or does nothing when a workload of this id was started before. Returns before the program runs. */
  start(workload: Workload): Promise<void>;
  /** `undefined`: never started, or removed. Also sees workloads that an earlier control plane started (adoption). */
  inspect(id: string): Promise<WorkloadState | undefined>;
  /**
   * Asks every process of the workload to end (SIGTERM), and kills what is left after the grace period. Returns at once; the end shows in
   * {@link inspect}. Repeating it does nothing. `abandon`: do not upload outputs, kill at once (used when the result is no longer wanted).
   * `interrupt`: the machine is taken away, so within this time; checkpoints are stored, outputs are not. Once a stop without it was asked for,
   * it counts no more.
   */
  stop(id: string, options?: StopOptions): Promise<void>;
  /** Frees everything the workload left (folders, sockets, processes). Idempotent; resolves when nothing is left. */
  remove(id: string): Promise<void>;
  /** Ids of all workloads that exist here, so that those without an owner can be removed. */
  list(): Promise<string[]>;
  /** Names of what ended workloads have left ({@link Workload.retained}), and nobody has taken or discarded since. */
  retained(): Promise<string[]>;
  /** Frees what was left under this name. Idempotent. */
  discard(name: string): Promise<void>;
  /** A hint that {@link inspect} may answer something new. Best effort; returns the unsubscribe function. */
  onChange(listener: (id: string) => void): () => void;
  /** Ends watching. Running workloads go on. */
  close(): Promise<void>;
}

export interface StopOptions {
  readonly abandon?: boolean;
  readonly interrupt?: { readonly graceSeconds: number };
}

/** What an engine can do. Support tables in the docs are derived from this type. */
export interface Capabilities {
  readonly algorithms: boolean;
  readonly commands: boolean;
  readonly images: boolean;
  readonly gpus: number;
  readonly maxInstances: number;
  readonly networkIsolation: boolean;
  /** The program sees a real `/opt/ml`, not a relocated one. */
  readonly realOptMl: boolean;
}

export interface Refusal {
  /** What it lacks, in a sentence for the user. */
  readonly reason: string;
  /** Which rung has it and how to get there. */
  readonly remedy: string;
}

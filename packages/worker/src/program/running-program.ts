import type { MetricPoster } from '../metrics/metric-poster.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';

/** The one way of starting programs: as a process of this machine, or as a container. */
export interface Launcher {
  /**
   * Gets ready what does not need the inputs, while they are fetched.
   * @throws ProgramError when the program cannot be had.
   */
  prepare(): Promise<void>;
  /**
   * Starts the program; what it prints goes to `output` from the first byte on.
   * @throws ProgramError when it cannot be started.
   */
  start(output: (stream: 'stdout' | 'stderr', chunk: Buffer) => void, poster: MetricPoster): Promise<RunningProgram>;
  /** Takes away everything that was prepared or started. Resolves when nothing is left; may be repeated. */
  clear(): Promise<void>;
}

export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProgram {
  /** Its own process, where it is one of this machine's. */
  readonly identity?: ProcessIdentity;
  /** Where a service listens: `unix:/path` or `tcp:host:port`. */
  readonly address?: string;
  /** Resolves when the program itself has ended; what it started may still run. */
  readonly exited: Promise<ProgramExit>;
  /** Resolves when its output is read to the end, which no process holds open any more. */
  readonly outputEnded: Promise<void>;
  /** Sends a signal to the program and what belongs to it. */
  signal(signal: NodeJS.Signals): void;
  /** Asked after its end: how it ran out of memory, in a sentence for the user; `undefined` when it did not. */
  memoryEnd(exit: ProgramExit, asked: boolean): string | undefined;
  /** Asked after a failure that the program did not explain: what its exit and its last words on stderr tell whoever knows how it was started. */
  explain?(exit: ProgramExit, lastWords: string): string | undefined;
}

/** What `train` of an algorithm works with. */
import type { SavedFiles } from '../algorithm.ts';
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { DataChannel } from './data-channel.ts';
import type { TrainLog } from './train-log.ts';

export interface TrainContext<H> {
  readonly hyperparameters: H;
  /** Seed of everything random. */
  readonly seed: number;
  /** This host, and all hosts of the job in the same order everywhere. */
  readonly host: string;
  readonly hosts: readonly string[];
  /** What this host does together with the others; a job of one host is alone. */
  readonly collective: Collective;
  readonly checkpoints: Checkpoints;
  readonly kernels: Kernels;
  readonly log: TrainLog;
  /** Aborted by SIGTERM: finish the step at hand, save the model, return. */
  readonly stopping: AbortSignal;
  /** The channel, or `undefined` when the job has none of that name. */
  channel(name: string): DataChannel | undefined;
  /** Writes the files of the model; may be called again with a better one. */
  saveModel(files: SavedFiles): Promise<void>;
}

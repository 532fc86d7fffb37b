/** What `train` of an algorithm works with. */
import type { ModelFiles } from '../algorithm.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from './data-channel.ts';
import type { TrainLog } from './train-log.ts';

export interface TrainContext<H> {
  readonly hyperparameters: H;
  /** Seed of everything random. */
  readonly seed: number;
  /** This host, and all hosts of the job in the same order everywhere. */
  readonly host: string;
  readonly hosts: readonly string[];
  readonly kernels: Kernels;
  readonly log: TrainLog;
  /** Aborted by SIGTERM: finish the step at hand, save the model, return. */
  readonly stopping: AbortSignal;
  /** The channel, or `undefined` when the job has none of that name. */
  channel(name: string): DataChannel | undefined;
  /** Writes the files of the model; may be called again with a better one. */
  saveModel(files: ModelFiles): Promise<void>;
}

/** What is said between the worker and the thread that feeds one channel. */
import type { Input, PipeDelivery } from '../../instance-spec.ts';

export interface PipeOrder {
  readonly input: Input;
  readonly delivery: PipeDelivery;
  /** Of the pipes, without `_<epoch>`. */
  readonly path: string;
  readonly connectionFile: string;
  readonly root: string | undefined;
  readonly instanceCount: number;
  readonly index: number;
  /** One number; not 0: the job is over. Shared, because a thread that is writing hears no messages. */
  readonly flags: SharedArrayBuffer;
}

export type PipeNews =
  /** The first epoch can begin at once. */
  | { readonly type: 'ready' }
  /** The channel cannot go on; `fault`: the trace, where it is no mistake in the data. */
  | { readonly type: 'failed'; readonly message: string; readonly fault?: string };

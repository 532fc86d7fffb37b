/** One training job: following it, stopping it, and what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { type LogLine, LogTail } from './log-tail.ts';
import type { Session } from './session.ts';

export type TrainingEvent =
  /** The job entered a new secondary status. */
  | { type: 'status'; status: string; message: string }
  /** A line of the program's log. */
  | ({ type: 'log' } & LogLine)
  /** How far training is, from 0 to 1, where the program says so. */
  | { type: 'progress'; fraction: number };

export interface WaitOptions {
  onEvent?: (event: TrainingEvent) => void;
  /** Read the log as well. Default true. */
  logs?: boolean;
  signal?: AbortSignal;
}

/** Thrown when a job ended otherwise than Completed or Stopped; the message is the job's FailureReason. */
export class TrainingFailed extends Error {
  override readonly name = 'TrainingFailed';
  readonly description: DescribeTrainingJobResponse;

  constructor(description: DescribeTrainingJobResponse) {
    super(
      `Training job ${description.TrainingJobName}: ${description.TrainingJobStatus}. ${description.FailureReason ?? ''}`.trimEnd(),
    );
    this.description = description;
  }
}

const logGroup = '/aws/sagemaker/TrainingJobs';
/** Between two looks at the job, in milliseconds: short at first, so that short jobs feel immediate. */
const pollMs = { first: 50, longest: 1000, growth: 1.3 };

export class TrainingJob {
  readonly name: string;
  readonly #session: Session;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.name = name;
  }

  describe(): Promise<DescribeTrainingJobResponse> {
    return this.#session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: this.name });
  }

  async stop(): Promise<void> {
    await this.#session.sagemaker.call('StopTrainingJob', { TrainingJobName: this.name });
  }

  /**
   * Follows the job to its end.
   * @throws TrainingFailed when it ends in Failed.
   */
  async wait(options: WaitOptions = {}): Promise<DescribeTrainingJobResponse> {
    const log =
      options.logs === false ? undefined : new LogTail(this.#session, { group: logGroup, prefix: `${this.name}/` });
    let seen = 0;
    for (let ms = pollMs.first; ; ms = Math.min(pollMs.longest, ms * pollMs.growth)) {
      options.signal?.throwIfAborted();
      const job = await this.describe();
      const transitions = job.SecondaryStatusTransitions ?? [];
      for (const { Status, StatusMessage } of transitions.slice(seen)) {
        options.onEvent?.({ type: 'status', status: Status, message: StatusMessage ?? '' });
      }
      seen = Math.max(seen, transitions.length);
      // After the look at the job: lines written before it ended are then always read.
      for (const event of (await log?.read()) ?? []) tellLine(event, options);
      if (job.TrainingJobStatus === 'Failed') throw new TrainingFailed(job);
      if (job.TrainingJobStatus === 'Completed' || job.TrainingJobStatus === 'Stopped') return job;
      await delay(ms, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}

function tellLine(event: LogLine, options: WaitOptions): void {
  options.onEvent?.({ type: 'log', ...event });
  const percent = /#progress_metric: .*completed ([\d.]+) ?%/.exec(event.line)?.[1];
  if (percent !== undefined) options.onEvent?.({ type: 'progress', fraction: Math.min(1, Number(percent) / 100) });
}

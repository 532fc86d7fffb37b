/** One training job: following it, stopping it, and what came of it. */
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { followJob } from './follow-job.ts';
import type { LogLine } from './log-tail.ts';
import type { Session } from './session.ts';

export type TrainingEvent =
  /** The job entered a new secondary status. */
  | { type: 'status'; status: string; message: string }
  /** A line of the program's log. */
  | ({ type: 'log' } & LogLine)
  /** How far training is, from 0 to 1, where the program says so. */
  | { type: 'progress'; fraction: number }
  /** The job has ended; `saving` is the share that Spot instances saved, from 0 to 1. */
  | { type: 'billed'; trainingSeconds: number; billableSeconds: number; saving?: number };

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

/** The share that a job on Spot instances saved, from 0 to 1; `undefined` for other jobs, and before its end. */
export function spotSaving({
  EnableManagedSpotTraining: spot,
  TrainingTimeInSeconds: training,
  BillableTimeInSeconds: billable,
}: Pick<DescribeTrainingJobResponse, 'EnableManagedSpotTraining' | 'TrainingTimeInSeconds' | 'BillableTimeInSeconds'>):
  | number
  | undefined {
  if (spot !== true || training === undefined || billable === undefined || training === 0) return undefined;
  return Math.max(0, 1 - billable / training);
}

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
   * Takes the job's Spot instances away, as a cloud does that needs them elsewhere: the program is asked to end, its checkpoints are stored,
   * and the job starts again. Only Rung can do that.
   * @throws WireError when the job has no Spot instances now.
   */
  async interrupt(): Promise<void> {
    const { control } = await import('./control.ts');
    await control(this.#session.connection, 'interrupt-training-job', { TrainingJobName: this.name });
  }

  /**
   * Follows the job to its end.
   * @throws TrainingFailed when it ends in Failed.
   */
  async wait(options: WaitOptions = {}): Promise<DescribeTrainingJobResponse> {
    let seen = 0;
    return followJob(
      this.#session,
      {
        name: this.name,
        logGroup: '/aws/sagemaker/TrainingJobs',
        look: async () => {
          const job = await this.describe();
          const transitions = job.SecondaryStatusTransitions ?? [];
          for (const { Status, StatusMessage } of transitions.slice(seen)) {
            options.onEvent?.({ type: 'status', status: Status, message: StatusMessage ?? '' });
          }
          seen = Math.max(seen, transitions.length);
          return job;
        },
        isOver: (job) => {
          if (job.TrainingJobStatus === 'Failed') throw new TrainingFailed(job);
          const isOver = job.TrainingJobStatus === 'Completed' || job.TrainingJobStatus === 'Stopped';
          if (isOver) tellBill(job, options);
          return isOver;
        },
        onLine: (line) => tellLine(line, options),
      },
      options,
    );
  }
}

function tellBill(job: DescribeTrainingJobResponse, { onEvent }: WaitOptions): void {
  const { TrainingTimeInSeconds: trainingSeconds, BillableTimeInSeconds: billableSeconds } = job;
  if (trainingSeconds === undefined || billableSeconds === undefined) return;
  const saving = spotSaving(job);
  onEvent?.({ type: 'billed', trainingSeconds, billableSeconds, ...(saving !== undefined && { saving }) });
}

function tellLine(event: LogLine, options: WaitOptions): void {
  options.onEvent?.({ type: 'log', ...event });
  const percent = /#progress_metric: .*completed ([\d.]+) ?%/.exec(event.line)?.[1];
  if (percent !== undefined) options.onEvent?.({ type: 'progress', fraction: Math.min(1, Number(percent) / 100) });
}

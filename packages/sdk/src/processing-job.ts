/** One processing job: following it, stopping it, and fetching what came of it. */
import type { DescribeProcessingJobResponse } from '@rung/wire/types/sagemaker';
import { type FollowOptions, followJob } from './follow-job.ts';
import type { LogLine } from './log-tail.ts';
import type { Session } from './session.ts';

export type ProcessingEvent =
  /** The job entered a new status. */
  | { type: 'status'; status: string }
  /** A line of the program's log. */
  | ({ type: 'log' } & LogLine);

export interface ProcessingWaitOptions extends FollowOptions {
  onEvent?: (event: ProcessingEvent) => void;
}

/** Thrown when a job ended otherwise than Completed or Stopped; the message is the job's FailureReason. */
export class ProcessingFailed extends Error {
  override readonly name = 'ProcessingFailed';
  readonly description: DescribeProcessingJobResponse;

  constructor(description: DescribeProcessingJobResponse) {
    const { ProcessingJobName, ProcessingJobStatus, FailureReason = '' } = description;
    super(`Processing job ${ProcessingJobName}: ${ProcessingJobStatus}. ${FailureReason}`.trimEnd());
    this.description = description;
  }
}

export class ProcessingJob {
  readonly name: string;
  readonly #session: Session;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.name = name;
  }

  describe(): Promise<DescribeProcessingJobResponse> {
    return this.#session.sagemaker.call('DescribeProcessingJob', { ProcessingJobName: this.name });
  }

  async stop(): Promise<void> {
    await this.#session.sagemaker.call('StopProcessingJob', { ProcessingJobName: this.name });
  }

  /**
   * Follows the job to its end.
   * @throws ProcessingFailed when it ends in Failed.
   */
  async wait(options: ProcessingWaitOptions = {}): Promise<DescribeProcessingJobResponse> {
    let seen: string | undefined;
    return followJob(
      this.#session,
      {
        name: this.name,
        logGroup: '/aws/sagemaker/ProcessingJobs',
        look: async () => {
          const job = await this.describe();
          if (job.ProcessingJobStatus !== seen) options.onEvent?.({ type: 'status', status: job.ProcessingJobStatus });
          seen = job.ProcessingJobStatus;
          return job;
        },
        isOver: (job) => {
          if (job.ProcessingJobStatus === 'Failed') throw new ProcessingFailed(job);
          return job.ProcessingJobStatus === 'Completed' || job.ProcessingJobStatus === 'Stopped';
        },
        onLine: (line) => options.onEvent?.({ type: 'log', ...line }),
      },
      options,
    );
  }

  /**
   * Brings the files of an output into a folder on this machine, and answers their paths.
   * @throws Error when the job has no such output.
   */
  async download(output: string, folder: string): Promise<string[]> {
    const { ProcessingOutputConfig } = await this.describe();
    const outputs = ProcessingOutputConfig?.Outputs ?? [];
    const uri = outputs.find(({ OutputName }) => OutputName === output)?.S3Output?.S3Uri;
    if (uri === undefined) {
      const known = outputs.map(({ OutputName }) => OutputName).join(', ') || 'none';
      throw new Error(`Processing job ${this.name} has no output "${output}". Its outputs are: ${known}`);
    }
    return this.#session.download(uri.endsWith('/') ? uri : `${uri}/`, folder);
  }
}

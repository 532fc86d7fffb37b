import { WireError } from '@rung/wire';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, describeError, gotNoAnswer } from './clients.ts';
import type { Findings } from './findings.ts';
import { type PlannedJob, planJob } from './jobs.ts';
import type { Random } from './random.ts';

export interface TrackedJob {
  readonly plan: PlannedJob;
  /** Create answered with an ARN. */
  acknowledged: boolean;
  stopAt: number | undefined;
  stopAcknowledged: boolean;
  /** Its worker was killed once. */
  lost: boolean;
  /** What was seen when the job first had ended; it may never change. */
  ended: { readonly status: string; readonly modified: string } | undefined;
}

export interface JobTrafficOptions {
  readonly clients: Clients;
  readonly findings: Findings;
  readonly random: Random;
  readonly ledgers: string;
  /** How many jobs are kept in progress. */
  readonly inFlight: number;
}

/** Keeps jobs in flight, stops those that are to be stopped, and remembers what was acknowledged. */
export class JobTraffic {
  readonly jobs: TrackedJob[] = [];
  readonly #options: JobTrafficOptions;
  readonly #open = new Map<string, TrackedJob>();
  #creating = true;
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: JobTrafficOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Creates no more; resolves when all jobs have ended, or says which have not by `deadline` (of `performance.now()`). */
  async finish(deadline: number): Promise<void> {
    this.#creating = false;
    while (this.#open.size > 0 && performance.now() < deadline) await sleep(50);
    this.#running = false;
    await this.#loop;
    for (const { plan } of this.#open.values()) this.#options.findings.add(`${plan.name} (${plan.kind}) has not ended`);
  }

  /** The worker of this job's first attempt was killed. */
  noteLost(name: string | undefined): void {
    const job = this.jobs.find(({ plan }) => plan.name === name);
    if (job !== undefined) job.lost = true;
  }

  get open(): number {
    return this.#open.size;
  }

  get ended(): number {
    return this.jobs.filter(({ ended }) => ended !== undefined).length;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      try {
        if (this.#creating && this.#open.size < this.#options.inFlight) await this.#create();
        else await this.#look();
      } catch (error) {
        // The platform is away; what has become of the call is found out when it is back.
        if (!gotNoAnswer(error)) this.#options.findings.add(`a call of the job client failed: ${describeError(error)}`);
        await sleep(20);
      }
    }
  }

  async #create(): Promise<void> {
    const { clients, random, ledgers } = this.#options;
    const plan = planJob(this.jobs.length + 1, random, ledgers);
    const stopAt = plan.kind === 'is-stopped' ? performance.now() + plan.stopAfterMs : undefined;
    const job: TrackedJob = {
      plan,
      acknowledged: false,
      stopAt,
      stopAcknowledged: false,
      lost: false,
      ended: undefined,
    };
    this.jobs.push(job);
    this.#open.set(plan.name, job);
    const { TrainingJobArn } = await clients.sagemaker.call('CreateTrainingJob', plan.request);
    job.acknowledged = TrainingJobArn !== undefined;
  }

  /** One round over all open jobs. */
  async #look(): Promise<void> {
    const { clients } = this.#options;
    for (const job of this.#open.values()) {
      const { plan, stopAt } = job;
      if (stopAt !== undefined && performance.now() >= stopAt && !job.stopAcknowledged) await this.#stop(job);
      try {
        const { TrainingJobStatus, LastModifiedTime } = await clients.sagemaker.call('DescribeTrainingJob', {
          TrainingJobName: plan.name,
        });
        if (!/^(?:Completed|Failed|Stopped)$/.test(TrainingJobStatus)) continue;
        job.ended = { status: TrainingJobStatus, modified: String(LastModifiedTime?.getTime()) };
        this.#open.delete(plan.name);
      } catch (error) {
        if (!isUnknownJob(error)) throw error;
        // Its Create broke off before it was remembered: it was never made, and nobody was told otherwise.
        if (job.acknowledged) this.#options.findings.add(`${plan.name} was acknowledged and is lost`);
        this.#open.delete(plan.name);
      }
    }
    await sleep(20);
  }

  async #stop(job: TrackedJob): Promise<void> {
    try {
      await this.#options.clients.sagemaker.call('StopTrainingJob', { TrainingJobName: job.plan.name });
      job.stopAcknowledged = true;
    } catch (error) {
      if (gotNoAnswer(error)) throw error;
      // An earlier try that got no answer may have been carried out; that the job ended Stopped is checked at the end.
      if (!isUnknownJob(error) && !isRefusedStop(error)) throw error;
      job.stopAcknowledged = true;
    }
  }
}

function isUnknownJob(error: unknown): boolean {
  return error instanceof WireError && error.status === 400 && /not found/i.test(error.message);
}

function isRefusedStop(error: unknown): boolean {
  return error instanceof WireError && error.status === 400 && /\b(?:Stopping|Stopped)\b/.test(error.message);
}

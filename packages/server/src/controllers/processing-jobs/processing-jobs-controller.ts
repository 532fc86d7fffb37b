/** Moves processing jobs from Create to their end: one file per state, dispatched here. */
import { hasEnded, type ProcessingJob } from '../../services/sagemaker/processing-jobs/types.ts';
import type { Controller } from '../controller.ts';
import { engineOf } from '../jobs/engine-of.ts';
import type { JobSlots } from '../jobs/job-slots.ts';
import { sweepAndSeed } from '../jobs/orphans.ts';
import { watchJobs } from '../jobs/watch-jobs.ts';
import { running } from './running.ts';
import { starting, startWasDropped } from './starting.ts';
import { type Change, currentWorkload, type StepContext } from './steps.ts';
import { stopping } from './stopping.ts';

/** @param allSlots who may run now, shared with the other kinds of jobs. */
export function processingJobsController(allSlots: JobSlots): Controller<'processing-job'> {
  const slots = allSlots.of('processing-job');
  return {
    kind: 'processing-job',
    begin: (resources) => sweepAndSeed('processing-job', resources, slots),
    settled: hasEnded,
    watch: (wake, resources) => watchJobs('processing-job', wake, resources, slots),
    reconcile: ({ resource: job }, resources, signal) => step(job, { resources, slots, signal }),
    dropped: ({ resource: job }, resources) => startWasDropped(job, { resources, slots }),
  };
}

async function step(job: ProcessingJob, context: StepContext): Promise<Change> {
  switch (job.status.status) {
    case 'InProgress':
      return job.status.launchedAt === undefined ? starting(job, context) : running(job, context);
    case 'Stopping':
      return stopping(job, context);
    case 'Completed':
    case 'Failed':
    case 'Stopped':
      return finished(job, context);
  }
}

/** Clears the workload away and lets the next job have its slot. The status is never written again. */
async function finished(job: ProcessingJob, { resources, slots }: StepContext): Promise<Change> {
  await engineOf(job, resources).remove(currentWorkload(job));
  slots.leave(job.name);
  return { due: null };
}

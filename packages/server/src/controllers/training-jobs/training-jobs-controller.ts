/** Moves training jobs from Create to their end: one file per state, dispatched here. */
import { hasEnded, type TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import type { Controller } from '../controller.ts';
import type { JobSlots } from '../jobs/job-slots.ts';
import { sweepAndSeed } from '../jobs/orphans.ts';
import { watchJobs } from '../jobs/watch-jobs.ts';
import { finished } from './finished.ts';
import { running } from './running.ts';
import { starting, startWasDropped } from './starting.ts';
import type { Change, StepContext } from './steps.ts';
import { stopping } from './stopping.ts';

/** @param allSlots who may run now, shared with the other kinds of jobs. */
export function trainingJobsController(allSlots: JobSlots): Controller<'training-job'> {
  const slots = allSlots.of('training-job');
  return {
    kind: 'training-job',
    begin: (resources) => sweepAndSeed('training-job', resources, slots),
    settled: hasEnded,
    watch: (wake, resources) => watchJobs('training-job', wake, resources, slots),
    reconcile: ({ resource: job }, resources, signal) => step(job, { resources, slots, signal }),
    dropped: ({ resource: job }, resources) => startWasDropped(job, { resources, slots }),
  };
}

async function step(job: TrainingJob, context: StepContext): Promise<Change> {
  switch (job.status.status) {
    case 'InProgress':
      return job.status.launchedAt === undefined ? starting(job, context) : running(job, context);
    case 'Stopping':
      return stopping(job, context);
    case 'Completed':
    case 'Failed':
    case 'Stopped':
    case 'Deleting':
      return finished(job, context);
  }
}

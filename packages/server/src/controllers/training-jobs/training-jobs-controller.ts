/** Moves training jobs from Create to their end: one file per state, dispatched here. */
import { hasEnded, type TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import type { Controller } from '../controller.ts';
import type { JobSlots } from '../jobs/job-slots.ts';
import { sweepAndSeed } from '../jobs/orphans.ts';
import { watchJobs } from '../jobs/watch-jobs.ts';
import { interrupted } from './interrupted.ts';
import { finished } from './finished.ts';
import { running } from './running.ts';
import { starting, startWasDropped } from './starting.ts';
import type { Change, StepContext } from './steps.ts';
import { stopping } from './stopping.ts';
import { findPools, WarmPools } from './warm-pools.ts';

/** @param allSlots who may run now, shared with the other kinds of jobs. */
export function trainingJobsController(allSlots: JobSlots): Controller<'training-job'> {
  const slots = allSlots.of('training-job');
  const pools = new WarmPools();
  return {
    kind: 'training-job',
    async begin(resources) {
      await sweepAndSeed('training-job', resources, slots);
      await findPools(resources, pools);
    },
    settled: hasEnded,
    watch: (wake, resources) => watchJobs('training-job', wake, resources, slots),
    reconcile: ({ resource: job }, resources, signal) => step(job, { resources, slots, pools, signal }),
    dropped: ({ resource: job }, resources) => startWasDropped(job, { resources, slots }),
  };
}

async function step(job: TrainingJob, context: StepContext): Promise<Change> {
  switch (job.status.status) {
    case 'InProgress':
      if (job.status.launchedAt === undefined) return starting(job, context);
      return job.status.interruptedAt === undefined ? running(job, context) : interrupted(job, context);
    case 'Stopping':
      return stopping(job, context);
    case 'Completed':
    case 'Failed':
    case 'Stopped':
    case 'Deleting':
      return finished(job, context);
  }
}

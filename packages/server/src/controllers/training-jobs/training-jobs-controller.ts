/** Moves training jobs from Create to their end: one file per state, dispatched here. */
import type { ServerResources } from '../../resources.ts';
import { hasEnded, type TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import type { Controller } from '../controller.ts';
import { waiterOf } from './await-environment.ts';
import { finished } from './finished.ts';
import type { JobSlots } from '../jobs/job-slots.ts';
import { sweepAndSeed } from './orphans.ts';
import { running } from './running.ts';
import { starting, startWasDropped } from './starting.ts';
import type { Change, StepContext } from './steps.ts';
import { stopping } from './stopping.ts';
import { parseWorkloadId } from './workload-id.ts';

/** @param allSlots who may run now, shared with the other kinds of jobs. */
export function trainingJobsController(allSlots: JobSlots): Controller<'training-job'> {
  const slots = allSlots.of('training-job');
  return {
    kind: 'training-job',
    begin: (resources) => sweepAndSeed(resources, slots),
    settled: hasEnded,
    watch(wake, resources) {
      const unwatch = [slots.wakeNext(wake), watchEngines(resources, wake), watchEnvironments(resources, wake)];
      return () => {
        for (const end of unwatch) end();
      };
    },
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

function watchEngines({ engines }: ServerResources, wake: (name: string) => void): () => void {
  const unwatch = [...engines.byName.values()].map((engine) =>
    engine.onChange((id) => {
      const owner = parseWorkloadId(id);
      if (owner !== undefined) wake(owner.name);
    }),
  );
  return () => {
    for (const end of unwatch) end();
  };
}

function watchEnvironments({ environments }: ServerResources, wake: (name: string) => void): () => void {
  return environments.onProgress((waiter) => {
    if (waiter.startsWith(waiterOf(''))) wake(waiter.slice(waiterOf('').length));
  });
}

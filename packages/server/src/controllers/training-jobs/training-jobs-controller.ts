/** Moves training jobs from Create to their end: one file per state, dispatched here. */
import type { ServerResources } from '../../resources.ts';
import { hasEnded, type TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import type { Controller } from '../controller.ts';
import { waiterOf } from './await-environment.ts';
import { finished } from './finished.ts';
import { JobSlots } from './job-slots.ts';
import { sweepAndSeed } from './orphans.ts';
import { running } from './running.ts';
import { starting, startWasDropped } from './starting.ts';
import type { Change, StepContext } from './steps.ts';
import { stopping } from './stopping.ts';
import { parseWorkloadId } from './workload-id.ts';

/** One per control plane: it keeps who may run now. */
export function trainingJobsController(): Controller<'training-job'> {
  // Made in begin, which runs before anything else.
  let slots = new JobSlots(0);
  let wake: (name: string) => void = () => {};
  return {
    kind: 'training-job',
    begin(resources) {
      slots = new JobSlots(resources.config.maxConcurrentJobs);
      return sweepAndSeed(resources, slots);
    },
    settled: hasEnded,
    watch(wakeJob, resources) {
      wake = wakeJob;
      // Those who waited when the last control plane went away.
      for (const name of slots.next()) wake(name);
      const unwatch = [watchEngines(resources, wakeJob), watchEnvironments(resources, wakeJob)];
      return () => {
        for (const end of unwatch) end();
      };
    },
    async reconcile({ resource: job }, resources, signal) {
      const change = await step(job, { resources, slots, signal });
      if (hasEnded(job)) for (const name of slots.next()) wake(name);
      return change;
    },
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

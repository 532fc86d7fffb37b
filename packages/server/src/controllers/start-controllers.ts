/** Every controller, one line each. */
import type { Gateway } from '../gateway/gateway.ts';
import type { ServerResources } from '../resources.ts';
import { controlPlaneOwner, startControllerLoop } from './controller-loop.ts';
import { EndpointController } from './endpoints/endpoint-controller.ts';
import { JobSlots } from './jobs/job-slots.ts';
import { processingJobsController } from './processing-jobs/processing-jobs-controller.ts';
import { trainingJobsController } from './training-jobs/training-jobs-controller.ts';

export interface Controllers {
  /** Claims nothing more and resolves when the running steps have ended. */
  stop(): Promise<void>;
}

export async function startControllers(resources: ServerResources, gateway: Gateway): Promise<Controllers> {
  // Leases of the control plane that worked on this folder before: it is gone, or the folder would still be locked.
  await resources.store.releaseAll(controlPlaneOwner);
  const slots = new JobSlots(resources.config.maxConcurrentJobs);
  const loops = [
    await startControllerLoop(trainingJobsController(slots), resources),
    await startControllerLoop(processingJobsController(slots), resources),
    await startControllerLoop(new EndpointController({ routes: gateway.routes }), resources),
  ];
  return {
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

import { retireAll } from '../../services/sagemaker/endpoints/retire.ts';
import type { Deployment, EndpointState } from '../../services/sagemaker/endpoints/types.ts';
import type { EndpointStep, StateOf } from './endpoint-step.ts';
import { failureReason } from './failure-reason.ts';
import type { InstanceFailure } from './judge-instance.ts';
import { startAndObserve } from './observe.ts';
import { publishRoute } from './publish-route.ts';
import { stepDeployment } from './step-deployment.ts';

/** → InService once every instance is healthy; → Failed when one of them cannot be. */
export async function creating(step: EndpointStep, state: StateOf<'Creating'>): Promise<EndpointState> {
  const rise = await bringUp(step, state.pending);
  if (rise.failure !== undefined) {
    const reason = await failureReason(rise.failure, step.resources.logs);
    return { status: 'Failed', failureReason: reason, retired: [...state.retired, ...rise.retired] };
  }
  const retired = [...state.retired, ...rise.retired];
  if (!rise.complete) return { status: 'Creating', pending: rise.deployment, retired };
  publishRoute(step.routes, step.endpoint, rise.deployment);
  return { status: 'InService', serving: rise.deployment, retired };
}

export interface Rise {
  readonly deployment: Deployment;
  readonly complete: boolean;
  readonly failure: InstanceFailure | undefined;
  /** When it failed: every instance of the deployment. */
  readonly retired: ReturnType<typeof retireAll>;
}

/** Starts of one place that are given up when they are the platform's fault and not the program's. */
const platformTries = 3;

/** Brings up a deployment that serves nothing yet: the first instance that fails by its own fault ends it. */
export async function bringUp(step: EndpointStep, pending: Deployment): Promise<Rise> {
  const observations = await startAndObserve(step, pending);
  const progress = stepDeployment(step.endpoint.name, pending, observations, step.now);
  const failure = progress.failures.find((candidate) => !worthAnotherTry(candidate));
  if (failure === undefined) {
    return { deployment: progress.deployment, complete: progress.complete, failure, retired: [...progress.retired] };
  }
  return { deployment: pending, complete: false, failure, retired: retireAll(pending, step.now) };
}

function worthAnotherTry({ cause, instance }: InstanceFailure): boolean {
  return cause.type === 'exited' && cause.exit.reason === 'lost' && instance.failures + 1 < platformTries;
}

/** What the engine and the health checks say of an instance now. */
import type { InstanceExit } from '../../engines/workload.ts';
import type { DeployedInstance, Deployment, PlannedVariant } from '../../services/sagemaker/endpoints/types.ts';
import type { EndpointStep } from './endpoint-step.ts';
import type { Health } from './health-prober.ts';
import { instanceWorkload } from './instance-workload.ts';

export type Observation =
  /** The engine knows nothing of it. */
  | { readonly type: 'absent' }
  /** Its program does not run yet: the model is being fetched. */
  | { readonly type: 'preparing' }
  | { readonly type: 'running'; readonly address: string | undefined; readonly health: Health }
  | { readonly type: 'exited'; readonly exit: InstanceExit };

export type Observations = ReadonlyMap<string, Observation>;

/** Starts the instances that are due and looks at all of them. Each was written down before it is started here, so a repeated start is the same start. */
export async function startAndObserve(step: EndpointStep, deployment: Deployment): Promise<Observations> {
  const seen = new Map<string, Observation>();
  await Promise.all(
    deployment.variants.flatMap((variant, at) =>
      variant.instances.map(async (instance) => {
        const planned = deployment.plan.variants[at];
        if (planned === undefined) return;
        seen.set(instance.workloadId, await startOrObserve(step, planned, instance));
      }),
    ),
  );
  return seen;
}

async function startOrObserve(
  step: EndpointStep,
  planned: PlannedVariant,
  instance: DeployedInstance,
): Promise<Observation> {
  const observed = await observe(step, planned, instance);
  const due = instance.state === 'starting' && Date.parse(instance.startAt) <= step.now.getTime();
  if (observed.type !== 'absent' || !due) return observed;
  const { engines, environments, logger } = step.resources;
  const { program } = planned.template;
  if (program.type === 'script') {
    // It may be made for minutes at its first use; the controller is woken when it is there.
    const environment = environments.prepare(program.environment, waiterOf(step.endpoint.name));
    if (environment.type === 'building') return { type: 'preparing' };
    if (environment.type === 'failed') return lost(environment.reason);
  }
  const engine = engines.byName.get(planned.engine);
  if (engine === undefined) return lost(`This control plane has no engine named ${planned.engine} any more.`);
  try {
    await engine.start(instanceWorkload(planned, instance));
    return { type: 'preparing' };
  } catch (error) {
    logger.error({ err: error, workload: instance.workloadId }, 'an instance could not be started');
    return lost(error instanceof Error ? error.message : String(error));
  }
}

async function observe(
  { resources, health }: EndpointStep,
  planned: PlannedVariant,
  instance: DeployedInstance,
): Promise<Observation> {
  const engine = resources.engines.byName.get(planned.engine);
  const state = (await engine?.inspect(instance.workloadId))?.instances[0];
  if (state === undefined) return { type: 'absent' };
  if (state.exit !== undefined || state.phase === 'exited') {
    return { type: 'exited', exit: state.exit ?? { reason: 'lost' } };
  }
  if (state.phase !== 'running') return { type: 'preparing' };
  const { address } = state;
  const before = instance.state === 'healthy' ? 'healthy' : 'unknown';
  return {
    type: 'running',
    address,
    health: address === undefined ? 'unknown' : health.look(instance.workloadId, address, before),
  };
}

const waiterPrefix = 'endpoint/';

/** How the environments know an endpoint that waits for one. */
function waiterOf(endpointName: string): string {
  return `${waiterPrefix}${endpointName}`;
}

/** The endpoint that waits under this name; `undefined` when it is none. */
export function waitingEndpoint(waiter: string): string | undefined {
  return waiter.startsWith(waiterPrefix) ? waiter.slice(waiterPrefix.length) : undefined;
}

function lost(message: string): Observation {
  return { type: 'exited', exit: { reason: 'lost', message } };
}

/** Keeps every endpoint as it was asked for. One file per status; this one chooses among them and says when to look again. */
import type { RoutingTable } from '../../gateway/routing-table.ts';
import type { ServerResources } from '../../resources.ts';
import type { EndpointState } from '../../services/sagemaker/endpoints/types.ts';
import type { Resource } from '../../store/resource.ts';
import type { Claim, ResourceChange } from '../../store/store.ts';
import type { Controller } from '../controller.ts';
import { adoptEndpoints, workloadPrefix } from './adopt-endpoints.ts';
import { creating } from './creating.ts';
import { drainRetired } from './drain-retired.ts';
import type { EndpointStep } from './endpoint-step.ts';
import { HealthProber } from './health-prober.ts';
import { inService } from './in-service.ts';
import { nextLook } from './next-look.ts';
import { waitingEndpoint } from './observe.ts';
import { ping } from './ping.ts';
import { updating } from './updating.ts';

export interface EndpointControllerOptions {
  /** Where the gateway looks up who serves. */
  readonly routes: RoutingTable;
  /** Default: asks `GET /ping` of the instance. */
  readonly health?: HealthProber;
}

/** Refused connections wake an endpoint this often at most, in milliseconds. */
const suspectMs = 500;

export class EndpointController implements Controller<'endpoint'> {
  readonly kind = 'endpoint';
  #routes: RoutingTable;
  #health: HealthProber | undefined;
  #wake: (name: string) => void = () => undefined;
  #suspectedAt = new Map<string, number>();

  constructor({ routes, health }: EndpointControllerOptions) {
    this.#routes = routes;
    this.#health = health;
  }

  begin(resources: ServerResources): Promise<void> {
    return adoptEndpoints(resources, this.#routes);
  }

  settled({ status }: Resource<'endpoint'>): boolean {
    return status.status === 'Failed' && status.retired.length === 0;
  }

  async reconcile(
    { resource }: Claim<'endpoint'>,
    resources: ServerResources,
  ): Promise<ResourceChange<'endpoint'> | undefined> {
    const step: EndpointStep = {
      endpoint: resource,
      now: resources.clock.now(),
      resources,
      routes: this.#routes,
      health: this.#prober(resources),
      wake: () => this.#wake(resource.name),
    };
    const state = await advance(step, resource.status);
    const retired = await drainRetired(step, state.retired);
    if (state.status === 'Deleting' && retired.length === 0) {
      await resources.store.remove('endpoint', resource.name);
      this.#suspectedAt.delete(resource.name);
      return undefined;
    }
    return change(resource, { ...state, retired }, resources.clock.now());
  }

  watch(wake: (name: string) => void, resources: ServerResources): () => void {
    this.#wake = wake;
    const wakeOwner = (workloadId: string): void => {
      const owner = endpointOf(workloadId);
      if (owner !== undefined) wake(owner);
    };
    const prober = this.#prober(resources);
    prober.onChange = wakeOwner;
    const unwatch = [...resources.engines.byName.values()].map((engine) => engine.onChange(wakeOwner));
    unwatch.push(
      resources.environments.onProgress((waiter) => {
        const name = waitingEndpoint(waiter);
        if (name !== undefined) wake(name);
      }),
    );
    unwatch.push(this.#routes.onSuspect((workloadId) => this.#suspect(workloadId)));
    return () => {
      for (const stop of unwatch) stop();
      prober.close();
    };
  }

  #prober(resources: ServerResources): HealthProber {
    this.#health ??= new HealthProber(resources.clock, ping);
    return this.#health;
  }

  #suspect(workloadId: string): void {
    const name = endpointOf(workloadId);
    const now = performance.now();
    if (name === undefined || now - (this.#suspectedAt.get(name) ?? -Infinity) < suspectMs) return;
    this.#suspectedAt.set(name, now);
    this.#wake(name);
  }
}

async function advance(step: EndpointStep, state: EndpointState): Promise<EndpointState> {
  switch (state.status) {
    case 'Creating':
      return creating(step, state);
    case 'InService':
      return inService(step, state);
    case 'Updating':
      return updating(step, state);
    case 'Failed':
    case 'Deleting':
      // Nothing serves; what is left of it is being drained.
      step.routes.withdraw(step.endpoint.name);
      return state;
  }
}

/** Writes a state only when it is another one, so that looking leaves no trace in LastModifiedTime. */
function change(before: Resource<'endpoint'>, state: EndpointState, now: Date): ResourceChange<'endpoint'> {
  if (JSON.stringify(before.status) === JSON.stringify(state)) return { due: nextLook(state, now) };
  // New instances are started, and retired ones stopped, by the step after the one that wrote them down.
  const due = state.status === before.status.status && sameInstances(before.status, state) ? nextLook(state, now) : now;
  return { status: state, phase: state.status, due };
}

function sameInstances(one: EndpointState, other: EndpointState): boolean {
  return instanceIds(one) === instanceIds(other) && one.retired.length === other.retired.length;
}

function instanceIds(state: EndpointState): string {
  const deployments = ['serving' in state ? state.serving : undefined, 'pending' in state ? state.pending : undefined];
  return deployments
    .flatMap((deployment) => deployment?.variants ?? [])
    .flatMap(({ instances }) => instances.map(({ workloadId }) => workloadId))
    .join();
}

function endpointOf(workloadId: string): string | undefined {
  return workloadId.startsWith(workloadPrefix) ? workloadId.split('/')[1] : undefined;
}

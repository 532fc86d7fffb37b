/** What a new control plane does first: the endpoints that served go on serving, and instances that belong to none are removed. */
import type { Engine } from '../../engines/engine.ts';
import type { RoutingTable } from '../../gateway/routing-table.ts';
import type { ServerResources } from '../../resources.ts';
import type { Deployment, Endpoint } from '../../services/sagemaker/endpoints/types.ts';
import { publishRoute } from './publish-route.ts';

export const workloadPrefix = 'endpoint/';
const pageSize = 1000;

/** Makes the gateway know every endpoint that served. Done before anyone can ask, or an endpoint would be "not found" for a moment after a restart. */
export async function restoreRoutes(resources: Pick<ServerResources, 'store'>, routes: RoutingTable): Promise<void> {
  for await (const endpoint of allEndpoints(resources)) {
    if ('serving' in endpoint.status) publishRoute(routes, endpoint, endpoint.status.serving);
  }
}

export async function adoptEndpoints(resources: ServerResources, routes: RoutingTable): Promise<void> {
  const owned = new Set<string>();
  for await (const endpoint of allEndpoints(resources)) {
    for (const id of workloadIds(endpoint)) owned.add(id);
    if ('serving' in endpoint.status) publishRoute(routes, endpoint, endpoint.status.serving);
    if (endpoint.phase === 'Failed') continue;
    // Whatever happened to its instances while nobody watched shall be seen now.
    await resources.store.update('endpoint', endpoint.name, () => ({ due: resources.clock.now() }));
  }
  await Promise.all([...resources.engines.byName.values()].map((engine) => removeOrphans(engine, owned, resources)));
}

async function* allEndpoints({ store }: Pick<ServerResources, 'store'>): AsyncGenerator<Endpoint> {
  let token: string | undefined;
  do {
    const page = await store.list('endpoint', {
      sortBy: 'name',
      limit: pageSize,
      ...(token !== undefined && { token }),
    });
    yield* page.items;
    token = page.next;
  } while (token !== undefined);
}

function workloadIds({ status }: Endpoint): string[] {
  const deployments: (Deployment | undefined)[] = [
    'serving' in status ? status.serving : undefined,
    'pending' in status ? status.pending : undefined,
  ];
  return [
    ...status.retired.map(({ workloadId }) => workloadId),
    ...deployments
      .flatMap((one) => one?.variants ?? [])
      .flatMap(({ instances }) => instances.map(({ workloadId }) => workloadId)),
  ];
}

async function removeOrphans(engine: Engine, owned: ReadonlySet<string>, { logger }: ServerResources): Promise<void> {
  for (const id of await engine.list()) {
    if (!id.startsWith(workloadPrefix) || owned.has(id)) continue;
    logger.warn({ workload: id, engine: engine.name }, 'an instance that belongs to no endpoint is removed');
    await engine.stop(id, { abandon: true });
    await engine.remove(id);
  }
}

import type { RoutingTable } from '../../gateway/routing-table.ts';
import { scopeOf } from '../../services/sagemaker/arns.ts';
import type { Deployment, Endpoint } from '../../services/sagemaker/endpoints/types.ts';

/** Makes the gateway send requests to the healthy instances of a deployment, and to no others. */
export function publishRoute(routes: RoutingTable, endpoint: Endpoint, serving: Deployment): void {
  const { account, region } = scopeOf(endpoint.arn);
  routes.publish({
    endpointName: endpoint.name,
    account,
    region,
    variants: serving.variants.map((variant, at) => ({
      name: variant.name,
      weight: variant.weight,
      containerName: serving.plan.variants[at]?.containerName ?? 'model',
      instances: variant.instances.flatMap(({ state, workloadId, address }) =>
        state === 'healthy' && address !== undefined ? [{ workloadId, address }] : [],
      ),
    })),
  });
}

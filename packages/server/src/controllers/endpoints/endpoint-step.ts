import type { RoutingTable } from '../../gateway/routing-table.ts';
import type { ServerResources } from '../../resources.ts';
import type { Endpoint, EndpointState } from '../../services/sagemaker/endpoints/types.ts';
import type { HealthProber } from './health-prober.ts';

/** What one step of an endpoint works with. */
export interface EndpointStep {
  readonly endpoint: Endpoint;
  readonly now: Date;
  readonly resources: ServerResources;
  readonly routes: RoutingTable;
  readonly health: HealthProber;
  /** Asks for another step as soon as this one is written. */
  readonly wake: () => void;
}

/** The endpoint's state of one status. */
export type StateOf<Status extends EndpointState['status']> = Extract<EndpointState, { status: Status }>;

import type { EndpointStatus } from '@rung/wire/types/sagemaker';

export interface EndpointTypes {
  spec: EndpointSpec;
  status: EndpointState;
}

export interface EndpointSpec {
  /** The configuration asked for last. */
  readonly endpointConfigName: string;
  /** Counts CreateEndpoint and every UpdateEndpoint, from 1: part of the ids of the variants' workloads. */
  readonly generation: number;
  /** Set by UpdateEndpointWeightsAndCapacities; wins over the configuration. */
  readonly overrides: Readonly<Record<string, { readonly weight?: number; readonly instanceCount?: number }>>;
  readonly deleteRequestedAt?: string;
}

export interface EndpointState {
  readonly status: EndpointStatus;
  readonly failureReason?: string;
  /** What answers requests now; absent until the first generation is healthy. */
  readonly serving?: Deployment;
  /** What is being brought up beside it. */
  readonly pending?: Deployment;
}

/** One generation of an endpoint: a configuration, and a workload per instance of each variant. */
export interface Deployment {
  readonly generation: number;
  readonly endpointConfigName: string;
  readonly startedAt: string;
  readonly variants: readonly DeployedVariant[];
}

export interface DeployedVariant {
  readonly name: string;
  readonly modelName: string;
  readonly weight: number;
  readonly desiredInstances: number;
  /** One workload per instance, so that a crashed one is replaced alone. */
  readonly instances: readonly DeployedInstance[];
}

export interface DeployedInstance {
  readonly workloadId: string;
  /** `starting` until /ping answered 200 once. */
  readonly state: 'starting' | 'healthy' | 'unhealthy';
  readonly address?: string;
}

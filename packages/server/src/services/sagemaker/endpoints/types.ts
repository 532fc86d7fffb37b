import type { DeploymentConfig } from '@rung/wire/types/sagemaker';
import type { Workload } from '../../../engines/workload.ts';
import type { Json } from '../../../json.ts';
import type { Resource } from '../../../store/resource.ts';

export type Endpoint = Resource<'endpoint'>;

export interface EndpointTypes {
  spec: EndpointSpec;
  status: EndpointState;
}

export interface EndpointSpec {
  /** What CreateEndpoint or the last UpdateEndpoint asked for. */
  readonly plan: DeploymentPlan;
  /** As the last request gave it; default: all at once. */
  readonly deploymentConfig?: Json<DeploymentConfig>;
  readonly deleteRequestedAt?: string;
}

/**
 * A configuration and its models, resolved at the request: whatever becomes of them afterwards, the endpoint can start its instances again, also
 * when the control plane has been restarted.
 */
export interface DeploymentPlan {
  /** Counts CreateEndpoint and every UpdateEndpoint, from 1. */
  readonly generation: number;
  readonly endpointConfigName: string;
  readonly requestedAt: string;
  readonly variants: readonly PlannedVariant[];
}

export interface PlannedVariant {
  readonly name: string;
  readonly modelName: string;
  /** How error texts name the container: `primary`, or its host name. */
  readonly containerName: string;
  /** As CreateModel named it. */
  readonly image: string;
  readonly instanceType: string;
  readonly weight: number;
  readonly instanceCount: number;
  /** Name of the engine that runs the instances. */
  readonly engine: string;
  /** From start to the first /ping answered with 200, without the time that fetching the model takes. */
  readonly startupTimeoutSeconds: number;
  /** What each instance runs. */
  readonly template: WorkloadTemplate;
}

/** A workload of one instance, without what differs from instance to instance. */
export type WorkloadTemplate = Omit<Workload, 'id' | 'logs'> & { readonly logGroup: string };

/** What an endpoint is doing, one shape for each status. */
export type EndpointState = {
  /** Instances that get no more requests and are being stopped and removed. */
  readonly retired: readonly RetiredInstance[];
} & (
  | { readonly status: 'Creating'; readonly pending: Deployment }
  | {
      readonly status: 'InService';
      readonly serving: Deployment;
      /** Why the last update did not succeed. */
      readonly failureReason?: string;
    }
  /** `pending` is absent while only weights and instance counts change. */
  | { readonly status: 'Updating'; readonly serving: Deployment; readonly pending?: Deployment }
  | { readonly status: 'Failed'; readonly failureReason: string }
  | { readonly status: 'Deleting' }
);

/** One generation of an endpoint: its plan, and a workload per instance of each variant. */
export interface Deployment {
  /** Weights and instance counts in it are the wanted ones: UpdateEndpointWeightsAndCapacities changes them here. */
  readonly plan: DeploymentPlan;
  readonly startedAt: string;
  /** In the order of the plan's. */
  readonly variants: readonly DeployedVariant[];
}

export interface DeployedVariant {
  readonly name: string;
  /** The weight that requests are routed by now. */
  readonly weight: number;
  /** One workload per instance, so that a crashed one is replaced alone. */
  readonly instances: readonly DeployedInstance[];
}

export interface DeployedInstance {
  /** `i-` and 17 hexadecimal digits, as EC2 makes them: the log stream is `<variant>/<instance id>`. */
  readonly instanceId: string;
  /** `endpoint/<endpoint>/<instance id>` */
  readonly workloadId: string;
  /** `starting` until /ping answered 200 once. */
  readonly state: 'starting' | 'healthy';
  /** Not started before this moment: a replacement waits longer the more often its predecessors failed. */
  readonly startAt: string;
  /** When its program was first seen running: the startup timeout counts from here. */
  readonly runningSince?: string;
  readonly healthySince?: string;
  /** Instances in this place that failed one after the other. */
  readonly failures: number;
  /** `unix:/path` or `tcp:host:port`, since it is healthy. */
  readonly address?: string;
}

export interface RetiredInstance {
  readonly workloadId: string;
  readonly engine: string;
  readonly since: string;
  /** SIGTERM has been sent, or was not needed. */
  readonly stopping: boolean;
}

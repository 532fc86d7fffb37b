import type {
  DescribeEndpointInput,
  DescribeEndpointOutput,
  PendingDeploymentSummary,
  ProductionVariantSummary,
} from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';
import type { DeployedVariant, Deployment, DeploymentPlan, Endpoint, EndpointState, PlannedVariant } from './types.ts';

/** Thrown when there is no such endpoint. */
export async function describeEndpoint(
  { store }: ServerResources,
  { EndpointName }: DescribeEndpointInput,
  context: RequestContext,
): Promise<DescribeEndpointOutput> {
  const endpoint = await store.get('endpoint', EndpointName);
  if (endpoint === undefined) throw notFound.endpoint(makeArn('endpoint', EndpointName, context));
  return describe(endpoint);
}

function describe(endpoint: Endpoint): DescribeEndpointOutput {
  const { spec, status } = endpoint;
  // While an update comes up, the configuration that serves is the endpoint's; afterwards the new one.
  const shown = 'serving' in status ? status.serving : undefined;
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: (shown?.plan ?? spec.plan).endpointConfigName,
    ...(status.status !== 'Creating' && { ProductionVariants: variants(shown, spec.plan, status) }),
    EndpointStatus: status.status,
    ...('failureReason' in status && { FailureReason: status.failureReason }),
    CreationTime: endpoint.createdAt,
    LastModifiedTime: endpoint.modifiedAt,
    ...(spec.deploymentConfig !== undefined && { LastDeploymentConfig: spec.deploymentConfig }),
    ...('pending' in status &&
      status.pending !== undefined && { PendingDeploymentSummary: pendingSummary(status.pending) }),
  };
}

function variants(
  shown: Deployment | undefined,
  asked: DeploymentPlan,
  status: EndpointState,
): ProductionVariantSummary[] {
  const plan = shown?.plan ?? asked;
  return plan.variants.map((planned, at) => ({
    ...summary(planned, shown?.variants[at], plan),
    ...(status.status === 'Updating' && {
      VariantStatus: [{ Status: 'Updating', StartTime: new Date(status.pending?.startedAt ?? plan.requestedAt) }],
    }),
  }));
}

function pendingSummary(pending: Deployment): PendingDeploymentSummary {
  return {
    EndpointConfigName: pending.plan.endpointConfigName,
    StartTime: new Date(pending.startedAt),
    ProductionVariants: pending.plan.variants.map((planned, at) => ({
      ...summary(planned, pending.variants[at], pending.plan),
      VariantStatus: [{ Status: 'Creating', StartTime: new Date(pending.startedAt) }],
    })),
  };
}

function summary(
  planned: PlannedVariant,
  deployed: DeployedVariant | undefined,
  plan: DeploymentPlan,
): ProductionVariantSummary {
  return {
    VariantName: planned.name,
    DeployedImages: [
      { SpecifiedImage: planned.image, ResolvedImage: planned.image, ResolutionTime: new Date(plan.requestedAt) },
    ],
    CurrentWeight: deployed?.weight ?? 0,
    DesiredWeight: planned.weight,
    CurrentInstanceCount: deployed?.instances.filter(({ state }) => state === 'healthy').length ?? 0,
    DesiredInstanceCount: planned.instanceCount,
  };
}

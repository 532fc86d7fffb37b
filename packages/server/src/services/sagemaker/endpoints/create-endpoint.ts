import type { CreateEndpointInput, CreateEndpointOutput } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { createResource } from '../create-resource.ts';
import { alreadyExists } from '../errors.ts';
import { checkDeploymentConfig } from './check-deployment-config.ts';
import { newDeployment } from './new-deployment.ts';
import { planDeployment } from './plan-deployment.ts';

/** Thrown when the name is taken, the configuration or a model is gone, or no engine here can run a variant. */
export async function createEndpoint(
  resources: ServerResources,
  input: CreateEndpointInput,
  context: RequestContext,
): Promise<CreateEndpointOutput> {
  const { store, clock } = resources;
  const { EndpointName: name, DeploymentConfig: deploymentConfig } = input;
  checkDeploymentConfig(deploymentConfig);
  const arn = makeArn('endpoint', name, context);
  if ((await store.get('endpoint', name)) !== undefined) throw alreadyExists.endpoint(arn);
  const plan = await planDeployment(resources, {
    endpointName: name,
    endpointConfigName: input.EndpointConfigName,
    generation: 1,
    scope: context,
  });
  const now = clock.now();
  await createResource(
    store,
    {
      kind: 'endpoint',
      name,
      arn,
      spec: { plan, ...(deploymentConfig !== undefined && { deploymentConfig }) },
      status: { status: 'Creating', pending: newDeployment(name, plan, now), retired: [] },
      phase: 'Creating',
      due: now,
    },
    input.Tags,
    alreadyExists.endpoint,
  );
  return { EndpointArn: arn };
}

/** Names are given without saying of what: the platform is asked for each kind in turn. */
import { type Session, WireError } from '@rung/sdk';
import { UsageError } from '../usage-error.ts';

export type ResourceKind = 'job' | 'processing-job' | 'endpoint' | 'model' | 'endpoint-config';

export interface FoundResource {
  readonly kind: ResourceKind;
  readonly name: string;
  readonly description: object;
}

const kinds: readonly ResourceKind[] = ['job', 'processing-job', 'endpoint', 'model', 'endpoint-config'];

/**
 * @param asked a name, or `kind/name` where several kinds have one of that name.
 * @param order in which the kinds are tried for a bare name.
 * @throws UsageError when nothing has it.
 */
export async function findResource(session: Session, asked: string, order = kinds): Promise<FoundResource> {
  const [prefix, ...rest] = asked.split('/');
  const kind = kinds.find((candidate) => candidate === prefix);
  const name = kind === undefined || rest.length === 0 ? asked : rest.join('/');
  for (const candidate of kind === undefined || rest.length === 0 ? order : [kind]) {
    const description = await describe(session, candidate, name);
    if (description !== undefined) return { kind: candidate, name, description };
  }
  throw new UsageError(
    `There is no training job, processing job, endpoint, model or endpoint configuration named "${asked}". See them with: rung ls`,
  );
}

async function describe(session: Session, kind: ResourceKind, name: string): Promise<object | undefined> {
  const { sagemaker } = session;
  try {
    switch (kind) {
      case 'job':
        return await sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
      case 'processing-job':
        return await sagemaker.call('DescribeProcessingJob', { ProcessingJobName: name });
      case 'endpoint':
        return await sagemaker.call('DescribeEndpoint', { EndpointName: name });
      case 'model':
        return await sagemaker.call('DescribeModel', { ModelName: name });
      case 'endpoint-config':
        return await sagemaker.call('DescribeEndpointConfig', { EndpointConfigName: name });
    }
  } catch (error) {
    // "Not found" has no code of its own on this wire.
    if (error instanceof WireError && (error.code === 'ValidationException' || error.code === 'ResourceNotFound'))
      return undefined;
    throw error;
  }
}

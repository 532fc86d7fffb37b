import type { ServerResources } from '../../resources.ts';
import type { Handler, Service } from '../service.ts';

/** The SageMaker control API: every family adds its handlers with one line. */
export function sagemakerService(_resources: ServerResources): Service {
  const handlers: Record<string, Handler> = {};
  return { name: 'sagemaker', handlers };
}

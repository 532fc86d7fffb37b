import type { ServerResources } from '../../resources.ts';
import type { Service } from '../service.ts';

/** Application Auto Scaling: no operation is implemented, and each says so. */
export function applicationAutoscalingService(_resources: Partial<ServerResources>): Service {
  return { name: 'application-autoscaling', handlers: {} };
}

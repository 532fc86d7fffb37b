import type { Workload } from '../../engines/workload.ts';
import type { DeployedInstance, PlannedVariant } from '../../services/sagemaker/endpoints/types.ts';

/** What the engine is asked to run for one instance: pure. */
export function instanceWorkload(planned: PlannedVariant, instance: DeployedInstance): Workload {
  const { logGroup, ...template } = planned.template;
  return {
    ...template,
    id: instance.workloadId,
    logs: { group: logGroup, streams: [logStream(planned, instance)] },
  };
}

export function logStream(planned: PlannedVariant, instance: DeployedInstance): string {
  return `${planned.name}/${instance.instanceId}`;
}

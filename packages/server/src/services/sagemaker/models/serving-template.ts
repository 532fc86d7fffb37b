/** What one instance of a model runs: pure. */
import type { ContainerDefinition } from '@rung/wire/types/sagemaker';
import type { Input } from '@rung/worker';
import type { Limits, Program } from '../../../engines/workload.ts';
import type { Json } from '../../../json.ts';
import type { WorkloadTemplate } from '../endpoints/types.ts';

export interface TemplateParts {
  readonly endpointName: string;
  readonly definition: Json<ContainerDefinition>;
  readonly program: Program;
  readonly inputs: readonly Input[];
  readonly limits: Limits;
  readonly notices: readonly string[];
  readonly networkIsolation: boolean;
}

export const endpointMetricsNamespace = '/aws/sagemaker/Endpoints';
/** SageMaker's own time from SIGTERM to SIGKILL. */
const stopGraceSeconds = 30;

export function compileTemplate(parts: TemplateParts): WorkloadTemplate {
  const { endpointName, definition, program, inputs, limits, notices, networkIsolation } = parts;
  return {
    mode: 'service',
    program,
    instanceCount: 1,
    limits,
    ...(networkIsolation && { networkIsolation }),
    environment: { ...definition.Environment },
    inputs,
    outputs: [],
    files: {},
    metricDefinitions: [],
    logGroup: `${endpointMetricsNamespace}/${endpointName}`,
    stopGraceSeconds,
    notices,
  };
}

/** What one instance of a model runs: pure. */
import type { ContainerDefinition } from '@rung/wire/types/sagemaker';
import type { Input } from '@rung/worker';
import type { Limits, Program } from '../../../engines/workload.ts';
import type { Json } from '../../../json.ts';
import { repositoryName } from '../../../programs/repository-name.ts';
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
    environment: { ...repositoryVariable(definition, program), ...definition.Environment },
    inputs,
    outputs: [],
    files: {},
    metricDefinitions: [],
    logGroup: `${endpointMetricsNamespace}/${endpointName}`,
    stopGraceSeconds,
    notices,
  };
}

/** Images of one algorithm may answer differently: XGBoost 0.72 of the repository `xgboost`, and later ones of `sagemaker-xgboost`. */
function repositoryVariable({ Image: image }: Json<ContainerDefinition>, program: Program): Record<string, string> {
  return program.type === 'algorithm' && image !== undefined ? { RUNG_REPOSITORY: repositoryName(image) } : {};
}

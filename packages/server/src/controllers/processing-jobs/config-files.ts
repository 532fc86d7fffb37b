/** The files below `/opt/ml/config` that SageMaker gives every processing program: pure. */
import { literal } from '../jobs/literal.ts';
import type { ProcessingWorkloadParts } from './processing-workload-parts.ts';

/** `{host}` stands for the name of the instance that the file is written for. */
export function configFiles(
  { request, arn }: Pick<ProcessingWorkloadParts, 'request' | 'arn'>,
  hosts: readonly string[],
): Record<string, string> {
  return {
    'config/processingjobconfig.json': literal(JSON.stringify({ ProcessingJobArn: arn, ...request })),
    'config/resourceconfig.json': JSON.stringify({ current_host: '{host}', hosts }),
  };
}

/** What differs from AWS for this job, said in the first lines of its log: pure. */
import type { TrainingWorkloadParts } from './workload-parts.ts';

export function notices(parts: TrainingWorkloadParts): string[] {
  const { request, groups, capabilities } = parts;
  const lines: string[] = [];
  for (const { type } of groups) {
    if (type.gpus <= capabilities.gpus) continue;
    lines.push(
      `${type.name} has ${gpus(type.gpus)}, this machine offers ${capabilities.gpus}: the program runs without what is missing.`,
    );
  }
  if (request.VpcConfig !== undefined)
    lines.push('VpcConfig is ignored: the program uses the network of this machine.');
  if (request.OutputDataConfig.KmsKeyId !== undefined && request.OutputDataConfig.KmsKeyId !== '') {
    lines.push('KmsKeyId is ignored: outputs are stored without encryption.');
  }
  const rules = (request.DebugRuleConfigurations?.length ?? 0) + (request.ProfilerRuleConfigurations?.length ?? 0);
  if (rules > 0) lines.push('Debugger and profiler rules are not evaluated.');
  if (request.TensorBoardOutputConfig !== undefined)
    lines.push('TensorBoardOutputConfig is ignored: write to /opt/ml/output/data to keep files.');
  return lines;
}

function gpus(count: number): string {
  return count === 1 ? '1 GPU' : `${count} GPUs`;
}

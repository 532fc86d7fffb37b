/** What differs from AWS for this job, said in the first lines of its log: pure. */
import type { TrainingWorkloadParts } from './workload-parts.ts';

export function notices(parts: TrainingWorkloadParts): string[] {
  const { request, instanceType, capabilities } = parts;
  const lines: string[] = [];
  if (instanceType.gpus > capabilities.gpus) {
    lines.push(
      `${instanceType.name} has ${gpus(instanceType.gpus)}, this machine offers ${capabilities.gpus}: the program runs without what is missing.`,
    );
  }
  for (const channel of request.InputDataConfig ?? []) {
    const mode = channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File';
    if (mode !== 'File')
      lines.push(
        `Channel "${channel.ChannelName}" asks for ${mode} mode: its objects are copied first, as in File mode.`,
      );
  }
  if (request.EnableManagedSpotTraining === true)
    lines.push('Managed spot training: this machine takes no capacity back, so the job is never interrupted.');
  if (request.CheckpointConfig !== undefined) lines.push('Checkpoints are stored once, when the program has ended.');
  if (request.VpcConfig !== undefined)
    lines.push('VpcConfig is ignored: the program uses the network of this machine.');
  if ((request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) > 0)
    lines.push('KeepAlivePeriodInSeconds is ignored: instances start at once here.');
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

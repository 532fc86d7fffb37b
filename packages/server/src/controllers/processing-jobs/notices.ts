/** What differs from AWS for this job, said in the first lines of its log: pure. */
import type { ProcessingWorkloadParts } from './processing-workload-parts.ts';

export function notices({ request, program, instanceType, capabilities }: ProcessingWorkloadParts): string[] {
  const lines: string[] = [];
  if (instanceType.gpus > capabilities.gpus) {
    lines.push(
      `${instanceType.name} has GPUs: ${instanceType.gpus}; this machine offers ${capabilities.gpus}. The program runs without what is missing.`,
    );
  }
  if (!capabilities.realOptMl && program.type !== 'image') {
    lines.push(
      'This machine has no /opt/ml of the program’s own: arguments that begin with /opt/ml are given as paths below $SAGEMAKER_BASE_DIR, where the files are.',
    );
  }
  const network = request.NetworkConfig;
  if (network?.VpcConfig !== undefined)
    lines.push('VpcConfig is ignored: the program uses the network of this machine.');
  if (
    isKey(request.ProcessingOutputConfig?.KmsKeyId) ||
    isKey(request.ProcessingResources.ClusterConfig.VolumeKmsKeyId)
  )
    lines.push('KMS keys are ignored: nothing is encrypted.');
  if (request.ExperimentConfig !== undefined) lines.push('ExperimentConfig is kept and described, and not evaluated.');
  return lines;
}

function isKey(key: string | undefined): boolean {
  return key !== undefined && key !== '';
}

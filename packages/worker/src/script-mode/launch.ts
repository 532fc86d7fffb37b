/** How the script is started: by itself, or by a launcher of many processes. The one place where that is decided. */
import type { ScriptHyperparameters } from './hyperparameters.ts';
import { ScriptError } from './script-error.ts';

export interface Launch {
  readonly argv: readonly [string, ...string[]];
  /** Beside the variables that every script has. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Launchers of the toolkit, by the parameter that asks for them. */
const launchers: Readonly<Record<string, string>> = {
  sagemaker_torch_distributed_enabled: 'torch_distributed (torchrun)',
  sagemaker_pytorch_ddp_enabled: 'pytorchddp',
  sagemaker_mpi_enabled: 'MPI',
  sagemaker_parameter_server_enabled: 'the parameter server',
  sagemaker_multi_worker_mirrored_strategy_enabled: 'MultiWorkerMirroredStrategy',
  sagemaker_distributed_dataparallel_enabled: 'the smdistributed data parallel library',
};

/** @throws ScriptError when a launcher is asked for that does not exist here. */
export function launch(
  argv: readonly [string, ...string[]],
  { platform }: Pick<ScriptHyperparameters, 'platform'>,
): Launch {
  for (const [parameter, launcher] of Object.entries(launchers)) {
    if (platform[parameter] === true)
      throw new ScriptError(`distribution: ${launcher} is not implemented. Leave "distribution" out of the estimator.`);
  }
  return { argv, environment: {} };
}

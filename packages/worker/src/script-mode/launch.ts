/** How the script is started: by itself, or by a launcher of many processes. The one place where that is decided. */
import type { ScriptHyperparameters } from './hyperparameters.ts';
import type { InstanceContext } from './instance-context.ts';
import { mpiLaunch } from './launchers/mpi.ts';
import { multiWorkerLaunch, parameterServerLaunch } from './launchers/tensorflow.ts';
import { torchLaunch } from './launchers/torch.ts';
import { hostsOf } from './meeting-place.ts';
import { ScriptError } from './script-error.ts';

export interface Launch {
  readonly argv: readonly [string, ...string[]];
  /** Beside the variables that every script has. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs beside the script until `until` answers nobody any more, or the script has ended when it is left out. */
  readonly beside?: {
    readonly argv: readonly [string, ...string[]];
    /** `host:port` */
    readonly until?: string;
  };
}

/** What a launcher is told. */
export interface LaunchGround {
  readonly command: readonly [string, ...string[]];
  readonly platform: ScriptHyperparameters['platform'];
  readonly context: InstanceContext;
  /** The instance's own variables, which say where its hosts meet. */
  readonly environment: NodeJS.ProcessEnv;
}

type Launcher = (ground: LaunchGround) => Launch;

/** Launchers of the toolkit, by the parameter that asks for them. */
const launchers: Readonly<Record<string, Launcher>> = {
  sagemaker_torch_distributed_enabled: torchLaunch,
  sagemaker_mpi_enabled: mpiLaunch,
  sagemaker_parameter_server_enabled: parameterServerLaunch,
  sagemaker_multi_worker_mirrored_strategy_enabled: multiWorkerLaunch,
  sagemaker_pytorch_ddp_enabled: missing('pytorchddp', 'Use distribution={"torch_distributed": {"enabled": true}}.'),
  sagemaker_distributed_dataparallel_enabled: missing(
    'the smdistributed data parallel library',
    'It runs on AWS only: use distribution={"torch_distributed": {"enabled": true}}.',
  ),
};

/** @throws ScriptError when a launcher is asked for that does not exist here, or cannot start this script. */
export function launch(ground: LaunchGround): Launch {
  const { hosts, mine } = hostsOf(ground);
  for (const [parameter, launcher] of Object.entries(launchers)) {
    // Of a cluster with several groups, those that are not named run the script by itself.
    if (ground.platform[parameter] === true && mine >= 0) return launcher(ground);
  }
  const many = hosts.length > 1 && ground.environment['MASTER_ADDR'] === undefined;
  return {
    argv: ground.command,
    environment: many ? { MASTER_ADDR: hosts[0]?.name ?? '', MASTER_PORT: '7777' } : {},
  };
}

function missing(name: string, remedy: string): Launcher {
  return () => {
    throw new ScriptError(`distribution: ${name} is not implemented. ${remedy}`);
  };
}

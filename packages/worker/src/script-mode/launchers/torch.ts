import type { Launch, LaunchGround } from '../launch.ts';
import { hostsOf } from '../meeting-place.ts';
import { ScriptError } from '../script-error.ts';

/** `torchrun` on every host, one process per GPU, or one without any. The script finds RANK, WORLD_SIZE and their relatives. */
export function torchLaunch(ground: LaunchGround): Launch {
  const { command, context } = ground;
  const [python, ...script] = command;
  if (script[0]?.endsWith('.py') !== true && script[0] !== '-m')
    throw new ScriptError(
      'distribution: torch_distributed starts Python scripts only. Give a .py file as entry_point.',
    );
  const { hosts, mine, masterAddress, masterPort } = hostsOf(ground);
  return {
    argv: [
      python,
      '-m',
      'torch.distributed.run',
      ...['--nproc_per_node', String(Math.max(1, context.gpus))],
      // One host finds itself.
      ...(hosts.length === 1
        ? ['--standalone']
        : [
            ...['--nnodes', String(hosts.length), '--node_rank', String(mine)],
            ...['--master_addr', masterAddress, '--master_port', masterPort],
          ]),
      ...script,
    ],
    environment: {},
  };
}

/** What TensorFlow's strategies read of a cluster: TF_CONFIG, in the forms of SageMaker's TensorFlow containers. */
import type { Launch, LaunchGround } from '../launch.ts';
import { hostsOf, type MeetingHost } from '../meeting-place.ts';
import { ScriptError } from '../script-error.ts';

/** Every host is a worker. */
export function multiWorkerLaunch(ground: LaunchGround): Launch {
  const { hosts, mine } = hostsOf(ground);
  const cluster = { worker: hosts.map((host) => address(host, 0)) };
  return {
    argv: ground.command,
    environment: {
      TF_CONFIG: JSON.stringify({ cluster, environment: 'cloud', task: { type: 'worker', index: mine } }),
    },
  };
}

/** The first host is the master, the others are workers, and on each of them a parameter server runs beside the script. */
export function parameterServerLaunch(ground: LaunchGround): Launch {
  const { hosts, mine } = hostsOf(ground);
  const [master, ...workers] = hosts;
  const [python] = ground.command;
  if (master === undefined || hosts.length === 1) return { argv: ground.command, environment: {} };
  if (!/python[\d.]*$/.test(python))
    throw new ScriptError(
      'distribution: the parameter server starts Python scripts only. Give a .py file as entry_point.',
    );
  const cluster = {
    master: [address(master, 0)],
    ps: hosts.map((host) => address(host, 1)),
    worker: workers.map((host) => address(host, 0)),
  };
  const config = (task: { type: string; index: number }): string =>
    JSON.stringify({ cluster, environment: 'cloud', task });
  return {
    argv: ground.command,
    environment: { TF_CONFIG: config(mine === 0 ? { type: 'master', index: 0 } : { type: 'worker', index: mine - 1 }) },
    beside: {
      argv: [python, '-c', parameterServer, config({ type: 'ps', index: mine })],
      // The master may need the parameters of a host whose own script is done.
      ...(mine === 0 ? {} : { until: address(master, 0) }),
    },
  };
}

function address({ address: host, ports }: MeetingHost, which: 0 | 1): string {
  return `${host}:${ports[which]}`;
}

const parameterServer = `
import json, os, sys
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import tensorflow as tf
config = json.loads(sys.argv[1])
tf.distribute.Server(config["cluster"], job_name="ps", task_index=config["task"]["index"]).join()
`.trim();

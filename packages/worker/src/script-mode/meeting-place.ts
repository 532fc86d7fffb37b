/** Where the hosts of a job find each other. Pure. */
import type { LaunchGround } from './launch.ts';

export interface MeetingHost {
  readonly name: string;
  readonly address: string;
  /** Two ports that are its own. */
  readonly ports: readonly [number, number];
}

export interface MeetingPlace {
  /** Those that a launcher spans: of all groups, unless the request names some. */
  readonly hosts: readonly MeetingHost[];
  /** Place of this host among them; -1 when it is none of them. */
  readonly mine: number;
  readonly masterAddress: string;
  readonly masterPort: string;
}

/** The toolkit's own port of the master, and of TensorFlow's servers, where every host has its own network. */
const usualMasterPort = '7777';
const usualPorts: readonly [number, number] = [2222, 2223];

export function hostsOf({ platform, context, environment }: Omit<LaunchGround, 'command'>): MeetingPlace {
  const { resourceConfig } = context;
  const only = platform['sagemaker_distribution_instance_groups'];
  const names = Array.isArray(only)
    ? (resourceConfig.instance_groups ?? [])
        .filter(({ instance_group_name: name }) => only.includes(name))
        .flatMap(({ hosts }) => hosts)
    : resourceConfig.hosts;
  // Where all hosts are processes of one machine, the engine says which ports are whose.
  const shared = readHosts(environment['RUNG_HOSTS']);
  const hosts = names.map((name) => ({ name, address: name, ports: usualPorts, ...shared[name] }));
  return {
    hosts,
    mine: names.indexOf(resourceConfig.current_host),
    masterAddress: hosts[0]?.address ?? resourceConfig.current_host,
    masterPort: environment['MASTER_PORT'] ?? usualMasterPort,
  };
}

type SharedHosts = Readonly<Record<string, Pick<MeetingHost, 'address' | 'ports'>>>;

function readHosts(text: string | undefined): SharedHosts {
  return text === undefined ? {} : (JSON.parse(text) as SharedHosts); // written by the process engine only
}

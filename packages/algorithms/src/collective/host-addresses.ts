/** Where the hosts of a job find each other. */
export interface HostAddress {
  /** A name or an IP address. */
  readonly address: string;
  readonly port: number;
}

/** Where every host has its own network, any free port will do. */
const PORT = 7171;

/** Of all hosts, in their order. Where hosts share a machine, the platform says in `RUNG_HOSTS` which addresses and ports are whose. */
export function hostAddresses(hosts: readonly string[], environment: NodeJS.ProcessEnv): HostAddress[] {
  const shared = readShared(environment['RUNG_HOSTS']);
  return hosts.map((host) => {
    const { address = host, ports = [] } = shared[host] ?? {};
    return { address, port: ports[0] ?? PORT };
  });
}

type SharedHosts = Readonly<Record<string, { readonly address?: string; readonly ports?: readonly number[] }>>;

function readShared(text: string | undefined): SharedHosts {
  // Safe: written by the platform.
  return text === undefined ? {} : (JSON.parse(text) as SharedHosts);
}

/** Where the hosts of one workload meet, that are processes of one machine and share its ports. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { WorkloadRecord } from '../workers/workload-folders.ts';

/** Ports that nobody listened on when the workload was started; the first is the master's, then two per host. */
export interface Meeting {
  readonly masterPort: number;
  readonly hostPorts: readonly (readonly [number, number])[];
  /** Known to the hosts only. */
  readonly token: string;
}

/** Programs often listen on all addresses, so ports must differ between hosts, and between jobs that run at the same time. */
export async function arrangeMeeting(instanceCount: number): Promise<Meeting> {
  const servers = await Promise.all(Array.from({ length: 1 + 2 * instanceCount }, listen));
  const [masterPort = 0, ...ports] = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  const hostPorts = Array.from(
    { length: instanceCount },
    (_, index) => [ports[2 * index] ?? 0, ports[2 * index + 1] ?? 0] as const,
  );
  return { masterPort, hostPorts, token: randomBytes(24).toString('hex') };
}

/** A loopback address per host, different from those of other workloads. Pure. */
export function hostAddresses({ nonce, instanceCount }: WorkloadRecord): Record<string, string> {
  const [a = 0, b = 0] = createHash('sha256').update(nonce).digest();
  const net = `127.${1 + (a % 254)}.${b}`;
  return Object.fromEntries(
    Array.from({ length: instanceCount }, (_, index) => [`algo-${index + 1}`, `${net}.${index + 1}`]),
  );
}

/** What launchers of many processes look for. Names only resolve where the hosts have a file of names. Pure. */
export function meetingVariables(
  { instanceCount }: WorkloadRecord,
  { masterPort, hostPorts, token }: Meeting,
  namesResolve: boolean,
): Record<string, string> {
  const address = (index: number): string => (namesResolve ? `algo-${index + 1}` : '127.0.0.1');
  const hosts = Array.from({ length: instanceCount }, (_, index) => [
    `algo-${index + 1}`,
    { address: address(index), ports: hostPorts[index] ?? [] },
  ]);
  return {
    MASTER_ADDR: address(0),
    MASTER_PORT: String(masterPort),
    GLOO_SOCKET_IFNAME: 'lo',
    NCCL_SOCKET_IFNAME: 'lo',
    TP_SOCKET_IFNAME: 'lo',
    RUNG_HOSTS: JSON.stringify(Object.fromEntries(hosts)),
    // Hosts with names of their own may start programs on each other; nobody else may.
    ...(namesResolve && { RUNG_JOB_TOKEN: token }),
  };
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, () => resolve());
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

/** What the launch agent of one host and the listener of another say to each other: JSON, a document a line. */
export type AgentLine = { readonly token: string; readonly command: string };
export type ListenerLine = { readonly output: string } | { readonly exitCode: number };

export interface MpiAddress {
  readonly address: string;
  readonly port: number;
}

/** Where a host listens for its command: the second of its own ports. Thrown where the platform did not say: Error. */
export function mpiAddress(host: string, environment: NodeJS.ProcessEnv): MpiAddress {
  // Safe: written by the process engine.
  const hosts = JSON.parse(environment['RUNG_HOSTS'] ?? '{}') as Record<string, { address: string; ports: number[] }>;
  const found = hosts[host];
  const port = found?.ports[1];
  if (found === undefined || port === undefined) throw new Error(`RUNG_HOSTS does not know the host ${host}.`);
  return { address: found.address, port };
}

/** Who knows it may start a command on a host of the job: the hosts themselves. */
export function jobToken(environment: NodeJS.ProcessEnv): string {
  const token = environment['RUNG_JOB_TOKEN'];
  if (token === undefined || token === '') throw new Error('RUNG_JOB_TOKEN is missing.');
  return token;
}

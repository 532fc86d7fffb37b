/** How the hosts of a workload find each other by name where all of them are processes of one machine. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InstanceSpec } from '../instance-spec.ts';

/** What the program sees as `/etc/hosts`. */
export function hostsFile({ baseDir }: Pick<InstanceSpec, 'baseDir'>): string {
  return join(dirname(baseDir), 'hosts');
}

/** The machine's own names, and those of the hosts. */
export function writeHostsFile(
  spec: Pick<InstanceSpec, 'baseDir'>,
  addresses: NonNullable<InstanceSpec['hostAddresses']>,
): void {
  const lines = Object.entries(addresses).map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(hostsFile(spec), [machineNames(), ...lines].join(''), { mode: 0o644 });
}

function machineNames(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8').replace(/\n?$/, '\n');
  } catch {
    return '127.0.0.1 localhost\n';
  }
}

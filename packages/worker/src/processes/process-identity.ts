import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One run of one process. A pid alone is used again by the system; together with start time and boot it is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same run of a process only. */
  readonly startTime: string;
  /** Opaque; changes when the machine restarts. */
  readonly bootId: string;
}

/** The identity of a process that runs now; `undefined` when there is none of this pid, or only a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === 'linux' ? linuxStartTime(pid) : portableStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: currentBootId() };
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

function linuxStartTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined; // no such process
  }
  // The name in parentheses may hold anything, also spaces and parentheses: fields are counted from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function portableStartTime(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // ps exits with 1 when there is no such process
  }
}

function currentBootId(): string {
  // Elsewhere the start time is a date, which needs no boot to be unique.
  return process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() : '';
}

/** What a run left on the machine: processes and mounts that name its folder. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';

export interface FoundProcess {
  readonly pid: number;
  /** Tells it from a later process with the same pid. */
  readonly startTime: string;
  readonly command: string;
}

/** Every process, but this one, whose arguments or environment name `folder`; zombies have neither. */
export function processesOf(folder: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (!command.includes(folder) && !readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder)) continue;
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      found.push({
        pid,
        startTime: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '',
        command: command.replaceAll('\0', ' ').trim(),
      });
    } catch {
      // It ended between the listing and the look.
    }
  }
  return found;
}

/** The worker of the endpoint's instances. */
export function endpointWorkers(stateDir: string, endpoint: string): string[] {
  return processesOf(join(stateDir, 'workloads'))
    .filter(({ command }) => command.includes(`endpoint~${endpoint}~`))
    .map(({ pid, startTime }) => `${pid}@${startTime}`)
    .sort();
}

/** Kills the worker of some job's first attempt, and answers the job's name; `undefined` when none runs. */
export function killWorker(stateDir: string, random: Random): string | undefined {
  // The claim says who the worker is: a program that it has forked looks like it until it becomes itself.
  const workers = readdirSync(join(stateDir, 'workloads')).flatMap((folder) => {
    const name = /^training-job~(job-\d+)~1$/.exec(folder)?.[1];
    const pid = claimant(join(stateDir, 'workloads', folder, '0/claim.json'));
    return name === undefined || pid === undefined ? [] : [{ pid, name }];
  });
  const victim = workers[random.whole(0, workers.length - 1)];
  if (victim === undefined || !processesOf(stateDir).some(({ pid }) => pid === victim.pid)) return undefined;
  try {
    process.kill(victim.pid, 'SIGKILL');
    return victim.name;
  } catch {
    return undefined; // it has just ended by itself
  }
}

function claimant(file: string): number | undefined {
  try {
    // Written whole by the worker.
    return (JSON.parse(readFileSync(file, 'utf8')) as { worker: { pid: number } }).worker.pid;
  } catch {
    return undefined; // not claimed yet
  }
}

export function mountsOf(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));
}

/** Folders of workloads, whole or half removed, and what they keep for their run time. */
export function workloadFolders(stateDir: string): string[] {
  const names = (folder: string): string[] => {
    try {
      return readdirSync(join(stateDir, folder)).map((name) => `${folder}/${name}`);
    } catch {
      return []; // never made
    }
  };
  return [
    ...names('workloads').filter((name) => !name.endsWith('/.reports')),
    ...names('workloads/.reports'),
    ...names('run'),
  ];
}

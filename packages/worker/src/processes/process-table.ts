import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** CPU seconds used so far, with those of its children that ended and were waited for. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** All processes of the machine that this user may see; zombies left out. */
export function readProcessTable(): ProcessEntry[] {
  return process.platform === 'linux' ? linuxTable() : portableTable();
}

/** The processes that descend from `root` or are in its session or group, `root` itself first when it still runs. */
export function processTree(root: number, table: readonly ProcessEntry[]): ProcessEntry[] {
  const members = new Map<number, ProcessEntry>();
  for (const entry of table)
    if (entry.pid === root || entry.session === root || entry.group === root) members.set(entry.pid, entry);
  for (let grown = true; grown;) {
    grown = false;
    for (const entry of table) {
      if (members.has(entry.pid) || !members.has(entry.parent)) continue;
      members.set(entry.pid, entry);
      grown = true;
    }
  }
  return [...members.values()];
}

/** Pids of the processes in whose environment `name=value` stands. Linux only: elsewhere the answer is empty. */
export function processesWithEnvironment(name: string, value: string): number[] {
  if (process.platform !== 'linux') return [];
  const wanted = Buffer.from(`${name}=${value}\0`);
  return processIds().filter((pid) => {
    if (pid === process.pid) return false;
    try {
      const environment = readFileSync(`/proc/${pid}/environ`);
      const at = environment.indexOf(wanted);
      return at === 0 || (at > 0 && environment[at - 1] === 0);
    } catch {
      return false; // it ended, or belongs to another user
    }
  });
}

/** Memory of the processes in bytes, with shared pages counted once; slower than summing {@link ProcessEntry.residentBytes}. */
export function proportionalBytes(entries: readonly ProcessEntry[]): number {
  return entries.reduce(
    (sum, entry) => sum + (process.platform === 'linux' ? proportionalBytesOf(entry) : entry.residentBytes),
    0,
  );
}

function proportionalBytesOf(entry: ProcessEntry): number {
  try {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${entry.pid}/smaps_rollup`, 'latin1'));
    return pss?.[1] === undefined ? entry.residentBytes : Number(pss[1]) * 1024;
  } catch {
    return 0; // it ended
  }
}

// Fixed by the kernel's interface to user space on every platform that Node supports.
const TICKS_PER_SECOND = 100;
const LINUX_PAGE_BYTES = process.arch === 'arm64' ? undefined : 4096;

function linuxTable(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const pid of processIds()) {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    } catch {
      continue; // it ended between the listing and now
    }
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') continue;
    const number = (at: number): number => Number(fields[at]);
    entries.push({
      pid,
      parent: number(1),
      group: number(2),
      session: number(3),
      cpuSeconds: (number(11) + number(12) + number(13) + number(14)) / TICKS_PER_SECOND,
      residentBytes: number(21) * pageBytes(),
    });
  }
  return entries;
}

let measuredPageBytes: number | undefined = LINUX_PAGE_BYTES;

/** arm64 kernels are built with 4, 16 or 64 KiB pages; comparing this process' own pages and bytes tells which. */
function pageBytes(): number {
  if (measuredPageBytes === undefined) {
    const pages = Number(readFileSync('/proc/self/statm', 'latin1').split(' ')[0]);
    const kilobytes = Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
    measuredPageBytes = 2 ** Math.round(Math.log2((kilobytes * 1024) / pages));
  }
  return measuredPageBytes;
}

function processIds(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function portableTable(): ProcessEntry[] {
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,pgid=,sess=,rss=,time=,state='], { encoding: 'utf8' });
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, session, kilobytes, time, state] = line.trim().split(/\s+/);
    if (pid === undefined || time === undefined || state?.startsWith('Z')) return [];
    const cpuSeconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        session: Number(session) || 0,
        cpuSeconds,
        residentBytes: Number(kilobytes) * 1024,
      },
    ];
  });
}

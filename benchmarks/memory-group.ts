/**
 * A limit on the memory of this process and its children, page cache included (Linux control groups; root).
 *
 * In a virtual machine memory that lies free goes back to the host, and to get it again costs more than a disk's write: who finds pages that another
 * has just freed wins by that alone. Within a limit all turns use the same pages again and again.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns what lifts the limit again, or `undefined` where there can be none. */
export function limitMemory(bytes: number): (() => void) | undefined {
  const form = FORMS.find(({ root }) => existsSync(join(root, 'cgroup.procs')));
  if (form === undefined) return undefined;
  const own = ownGroup(form.controller);
  if (own === undefined) return undefined;
  const parent = join(form.root, own);
  const group = join(parent, `rung-bench-${process.pid}`);
  try {
    mkdirSync(group);
    writeFileSync(join(group, form.limit), String(bytes));
    writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
  } catch {
    if (existsSync(group)) rmdirSync(group);
    return undefined;
  }
  return () => {
    writeFileSync(join(parent, 'cgroup.procs'), String(process.pid));
    rmdirSync(group);
  };
}

/** The older form has a tree of its own for memory. */
const FORMS = [
  { root: '/sys/fs/cgroup/memory', controller: 'memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', controller: '', limit: 'memory.max' },
] as const;

/** `/proc/self/cgroup` has lines `number:controllers:path`. */
function ownGroup(controller: string): string | undefined {
  return readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([, controllers]) => controllers?.split(',').includes(controller))?.[2];
}

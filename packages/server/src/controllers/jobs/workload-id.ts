import type { JobKind } from './job-kind.ts';

/** The job and the attempt that a workload's id names; undefined when it is no job's of this kind. */
export function parseWorkloadId(kind: JobKind, id: string): { name: string; attempt: number } | undefined {
  const [type, name, attempt, ...more] = id.split('/');
  if (type !== kind || name === undefined || !/^\d+$/.test(attempt ?? '') || more.length > 0) return undefined;
  return { name, attempt: Number(attempt) };
}

/** The job and the attempt that a workload's id names; undefined when it is no training job's. */
export function parseWorkloadId(id: string): { name: string; attempt: number } | undefined {
  const match = /^training-job\/([A-Za-z0-9-]+)\/(\d+)$/.exec(id);
  return match?.[1] === undefined ? undefined : { name: match[1], attempt: Number(match[2]) };
}

import type { InstanceSpec } from '@rung/worker';
import type { Workload } from '../workload.ts';
import { markerOf } from './instance-status.ts';
import type { InstancePaths, WorkloadRecord } from './workload-folders.ts';

export interface WorkerSurroundings {
  readonly connectionFile: string;
  readonly sampleMs: number;
  readonly logFile: (group: string, stream: string) => string;
}

type Common = Omit<InstanceSpec, 'program' | 'mountOptMl' | 'setpriv' | 'listen'>;

/** The part of what a worker is told that does not depend on how its program is started. Pure. */
export function workerInstance(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { connectionFile, sampleMs, logFile }: WorkerSurroundings,
): Common & { readonly paths: InstancePaths } {
  const { mode, logs, limits } = workload;
  const stream = logs.streams[index];
  if (stream === undefined) throw new Error(`workload ${workload.id} names no log stream for instance ${index}`);
  const paths = hosts[index];
  if (paths === undefined) throw new Error(`workload ${workload.id} has no instance ${index}`);
  const otherHosts = hosts.slice(1).map(({ baseDir, reportFile }) => ({ baseDir, reportFile }));
  return {
    paths,
    workloadId: workload.id,
    index,
    instanceCount: workload.instanceCount,
    host: `algo-${index + 1}`,
    mode,
    baseDir: paths.baseDir,
    environment: workload.environment,
    limits: { vcpus: limits.vcpus, memoryBytes: limits.memoryBytes },
    inputs: workload.inputs,
    // All hosts have one destination, so the first of them stores for all: each by itself would overwrite the others.
    outputs: workload.outputs.filter(({ continuous }) => index === 0 || continuous === true),
    ...(index > 0 && workload.outputs.length > 0 && { folders: workload.outputs.map(({ path }) => path) }),
    gather: index === 0 && workload.outputs.some(({ continuous }) => continuous !== true) ? otherHosts : [],
    files: workload.files,
    metricDefinitions: workload.metricDefinitions,
    logFile: logFile(logs.group, stream),
    reportFile: paths.reportFile,
    claimFile: paths.claimFile,
    stopFile: paths.stopFile,
    connectionFile,
    tempDir: paths.tempDir,
    marker: markerOf(record, index),
    ...(workload.systemMetrics === undefined ? {} : { systemMetrics: workload.systemMetrics }),
    sampleMs,
    stopGraceSeconds: workload.stopGraceSeconds,
    notices: workload.notices,
  };
}

import type { InstanceSpec } from '@rung/worker';
import type { Workload } from '../workload.ts';
import type { RetainedFolders } from './retained-folders.ts';
import { markerOf } from './instance-status.ts';
import type { InstancePaths, WorkloadRecord } from './workload-folders.ts';

export interface WorkerSurroundings {
  readonly connectionFile: string;
  readonly sampleMs: number;
  readonly objectsRoot: string | undefined;
  readonly retained: RetainedFolders;
  readonly logFile: (group: string, stream: string) => string;
}

type Common = Omit<InstanceSpec, 'program' | 'mountOptMl' | 'setpriv' | 'listen'>;

/**
 * The part of what a worker is told that does not depend on how its program is started. Pure.
 * @param canLink whether the program can be given links to the objects' files without being able to write to them.
 */
export function workerInstance(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { connectionFile, sampleMs, logFile, retained, objectsRoot }: WorkerSurroundings,
  canLink: boolean,
): Common & { readonly paths: InstancePaths } {
  const { mode, logs, checkpoints } = workload;
  const own = workload.instances?.[index];
  const limits = own?.limits ?? workload.limits;
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
    inputs: own?.inputs ?? workload.inputs,
    ...(checkpoints && { checkpoints }),
    ...(workload.retained && { retained: retained.ofInstance(workload.retained, index) }),
    // All hosts have one destination, so the first of them stores for all: each by itself would overwrite the others.
    outputs: workload.outputs.filter(({ continuous }) => index === 0 || continuous === true),
    ...(index > 0 && workload.outputs.length > 0 && { folders: workload.outputs.map(({ path }) => path) }),
    gather: index === 0 && workload.outputs.some(({ continuous }) => continuous !== true) ? otherHosts : [],
    files: { ...workload.files, ...own?.files },
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
    ...(objectsRoot === undefined ? {} : { objects: { root: objectsRoot, link: canLink } }),
    notices: canLink ? workload.notices : [...workload.notices, ...copyNotices(workload)],
  };
}

/** A program that could write to the objects through links gets copies. */
function copyNotices({ inputs }: Workload): string[] {
  return inputs
    .filter(({ delivery }) => delivery?.type === 'links')
    .map(
      ({ name }) =>
        `Channel "${name}": its objects are copied first, as in File mode, because this machine cannot keep the program from writing to the originals.`,
    );
}

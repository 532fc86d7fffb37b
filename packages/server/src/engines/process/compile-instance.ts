import type { InstanceSpec, ProgramCommand } from '@rung/worker';
import type { Workload } from '../workload.ts';
import type { Machine } from './machine.ts';
import type { InstancePaths, WorkloadRecord } from './workload-folders.ts';

export interface InstanceSurroundings {
  readonly machine: Machine;
  readonly connectionFile: string;
  readonly sampleMs: number;
  /** Where Node keeps compiled code from one start to the next. */
  readonly compileCache: string;
  readonly logFile: (group: string, stream: string) => string;
  readonly algorithmCommand: (name: string, action: 'train' | 'serve') => ProgramCommand;
}

/** What the worker of one instance is told. Pure. */
export function compileInstance(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { machine, connectionFile, sampleMs, compileCache, logFile, algorithmCommand }: InstanceSurroundings,
): InstanceSpec {
  const { program, mode, logs, limits } = workload;
  if (program.type === 'image')
    throw new Error(`workload ${workload.id} was refused by this engine and started all the same`);
  const stream = logs.streams[index];
  if (stream === undefined) throw new Error(`workload ${workload.id} names no log stream for instance ${index}`);
  const paths = hosts[index];
  if (paths === undefined) throw new Error(`workload ${workload.id} has no instance ${index}`);
  const otherHosts = hosts.slice(1).map(({ baseDir, reportFile }) => ({ baseDir, reportFile }));
  const builtIn = program.type === 'algorithm';
  return {
    workloadId: workload.id,
    index,
    instanceCount: workload.instanceCount,
    host: `algo-${index + 1}`,
    mode,
    baseDir: paths.baseDir,
    // A built-in algorithm finds its folder by SAGEMAKER_BASE_DIR and starts faster without the mount.
    mountOptMl: machine.mountsOptMl && !builtIn,
    program: builtIn ? algorithmCommand(program.name, program.action) : program.command,
    environment: builtIn ? { ...workload.environment, NODE_COMPILE_CACHE: compileCache } : workload.environment,
    limits: { vcpus: limits.vcpus, memoryBytes: limits.memoryBytes },
    inputs: workload.inputs,
    // All hosts have one destination, so the first of them stores for all: each by itself would overwrite the others.
    outputs: index === 0 ? workload.outputs : [],
    gather: index === 0 && workload.outputs.length > 0 ? otherHosts : [],
    files: workload.files,
    metricDefinitions: workload.metricDefinitions,
    logFile: logFile(logs.group, stream),
    reportFile: paths.reportFile,
    claimFile: paths.claimFile,
    stopFile: paths.stopFile,
    connectionFile,
    tempDir: paths.tempDir,
    marker: `${workload.id}#${index}@${record.nonce}`,
    ...(machine.setpriv === undefined ? {} : { setpriv: machine.setpriv }),
    ...(workload.systemMetrics === undefined ? {} : { systemMetrics: workload.systemMetrics }),
    sampleMs,
    stopGraceSeconds: workload.stopGraceSeconds,
    notices: workload.notices,
    ...(mode === 'job' ? {} : { listen: builtIn ? { type: 'unix', path: paths.socket } : { type: 'tcp' } }),
  };
}

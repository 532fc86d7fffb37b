import { readFileSync } from 'node:fs';
import { type InstanceReport, identifyProcess, isAlive, killLeftovers, readClaim, writeReport } from '@rung/worker';
import type { InstanceState } from '../workload.ts';
import { type InstancePaths, type WorkloadRecord, readRecord } from './workload-folders.ts';

export type InstanceStatus =
  /** No worker has claimed it: its start was interrupted, or is only just happening. */
  | { readonly type: 'unclaimed' }
  /** Its worker runs. */
  | { readonly type: 'live'; readonly pid: number; readonly report: InstanceReport | undefined }
  /** Its worker is gone and has said nothing about the end. */
  | { readonly type: 'dead'; readonly report: InstanceReport | undefined }
  | { readonly type: 'exited'; readonly report: InstanceReport };

export function instanceStatus(paths: InstancePaths): InstanceStatus {
  const claim = readClaim(paths.claimFile);
  // Asked before the report is read: a worker that ends in between has written its last word by then.
  const alive = claim !== undefined && isAlive(claim.worker);
  const report = readReport(paths.reportFile);
  if (report?.phase === 'exited') return { type: 'exited', report };
  if (claim === undefined) return { type: 'unclaimed' };
  return alive ? { type: 'live', pid: claim.worker.pid, report } : { type: 'dead', report };
}

/** What the engine answers of an instance. */
export function instanceState(
  record: WorkloadRecord,
  index: number,
  report: InstanceReport | undefined,
): InstanceState {
  const pending = { phase: 'pending', at: record.createdAt } as const;
  if (report === undefined) return { index, phase: 'pending', transitions: [pending], finalMetrics: [] };
  const { phase, transitions, exit, address, exitMessage, finalMetrics } = report;
  return {
    index,
    phase,
    transitions: [pending, ...transitions],
    finalMetrics,
    ...(exit === undefined ? {} : { exit }),
    ...(address === undefined ? {} : { address }),
    ...(exitMessage === undefined ? {} : { exitMessage }),
  };
}

/**
 * Reports an instance as lost, of which nothing may run any more: whoever reads that may start it again. Answers the report.
 */
export function declareLost(
  record: WorkloadRecord,
  index: number,
  paths: InstancePaths,
  report: InstanceReport | undefined,
): InstanceReport {
  const at = new Date().toISOString();
  const lost: InstanceReport = {
    pid: report?.pid ?? 0,
    phase: 'exited',
    transitions: [...(report?.transitions ?? []), { phase: 'exited', at }],
    exit: { reason: 'lost', message: lossMessage(paths, report) },
    ...(report?.address === undefined ? {} : { address: report.address }),
    finalMetrics: report?.finalMetrics ?? [],
  };
  // A removed workload's report must not come back.
  if (readRecord(paths.folder.slice(0, -String(index).length - 1))?.nonce === record.nonce)
    writeReport(paths.reportFile, lost);
  return lost;
}

/** Kills the program of an instance and all it started. Its worker must be gone. */
export async function killProgram(
  record: WorkloadRecord,
  index: number,
  report: InstanceReport | undefined,
): Promise<void> {
  const program = report?.program;
  // The pid may belong to somebody else by now: without its start time it is worth nothing.
  const root = program !== undefined && isAlive(program) ? program.pid : undefined;
  await killLeftovers(markerOf(record, index), root);
}

export function markerOf(record: WorkloadRecord, index: number): string {
  return `${record.id}#${index}@${record.nonce}`;
}

export function readReport(file: string): InstanceReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InstanceReport; // replaced whole by writeReport only
  } catch {
    return undefined; // none yet, or one that a crash of the machine left empty
  }
}

function lossMessage(paths: InstancePaths, report: InstanceReport | undefined): string {
  const claim = readClaim(paths.claimFile);
  if (claim !== undefined && claim.worker.pid > 0 && claim.worker.bootId !== identifyProcess(process.pid)?.bootId)
    return 'The machine was restarted while the instance ran.';
  const words = workerWords(paths.workerLog);
  const what =
    report === undefined
      ? 'The worker of the instance could not start'
      : 'The worker of the instance was killed, or crashed';
  return `${what}${words === '' ? '.' : `: ${words}`}`.slice(0, 1024);
}

/** The end of what the worker wrote about its own troubles. */
function workerWords(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().slice(-600);
  } catch {
    return ''; // it wrote nothing
  }
}

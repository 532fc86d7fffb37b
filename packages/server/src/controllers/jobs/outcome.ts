/** How a job ended, from how its instances ended: pure, with SageMaker's forms of FailureReason. */
import { constants } from 'node:os';
import type { InstanceExit, InstanceState } from '../../engines/workload.ts';

export type Outcome =
  | { readonly type: 'completed'; readonly at: string }
  | {
      readonly type: 'stopped';
      readonly at: string;
      /** Default: SageMaker's own sentence. */ readonly message?: string;
      /** Its instances were taken away; nobody asked for its end. */ readonly interrupted?: true;
    }
  | { readonly type: 'failed'; readonly at: string; readonly reason: string }
  /** The platform's fault; worth another attempt. */
  | { readonly type: 'lost'; readonly at: string; readonly detail: string };

/** SageMaker's limit of FailureReason. */
export const longestFailureReason = 1024;

/** Undefined while an instance still runs. */
export function outcomeOf(instances: readonly InstanceState[], memoryOfInstance: string): Outcome | undefined {
  const ends = instances.flatMap(({ exit, transitions }) =>
    exit === undefined ? [] : [{ exit, transitions, at: endOf(transitions) }],
  );
  if (ends.length < instances.length || ends.length === 0) return undefined;
  ends.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const at = ends.at(-1)?.at ?? new Date(0).toISOString();
  // A host that is lost takes its peers down with it, and may be found out after them: what they say of it is no fault of theirs.
  const lost = ends.find(({ exit }) => exit.reason === 'lost');
  if (lost !== undefined) return { type: 'lost', at, detail: lost.exit.message ?? '' };
  // The first failure is the cause; what the other instances said after it is its consequence.
  const failed = ends.find(({ exit }) => isFailure(exit.reason));
  if (failed !== undefined) {
    const uploaded = failed.transitions.some(({ phase }) => phase === 'uploading');
    return { type: 'failed', at, reason: failureReason(failed.exit, uploaded, memoryOfInstance) };
  }
  if (ends.some(({ exit }) => exit.reason === 'interrupted')) return { type: 'stopped', at, interrupted: true };
  return ends.some(({ exit }) => exit.reason === 'stopped') ? { type: 'stopped', at } : { type: 'completed', at };
}

/** One instance failed while others go on: the job cannot succeed any more. */
export function isFailing(instances: readonly InstanceState[]): boolean {
  const ended = instances.filter(({ exit }) => exit !== undefined);
  return (
    ended.length < instances.length &&
    ended.some(({ exit }) => exit !== undefined && (isFailure(exit.reason) || exit.reason === 'lost'))
  );
}

/** What Describe shows when a job was lost more often than it may be started. */
export function lostTooOften(attempts: number, detail: string): string {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const text = `InternalServerError: The machine or the worker that ran this job was lost ${times}. ${detail}`;
  return shorten(text.trim(), '');
}

function isFailure(reason: InstanceExit['reason']): boolean {
  return reason === 'program-failed' || reason === 'out-of-memory' || reason === 'data-failed';
}

function failureReason(exit: InstanceExit, uploaded: boolean, memory: string): string {
  const said = (exit.message ?? '').trim();
  if (exit.reason === 'data-failed') {
    return shorten(`ClientError: ${uploaded ? 'Artifact upload failed' : 'Data download failed'}: ${said}`, '');
  }
  const ending = `, exit code: ${exitCode(exit)}`;
  if (exit.reason !== 'out-of-memory') return shorten(named(said), ending);
  const told = `AlgorithmError: Out of memory: the program needed more than the ${memory} of its instance and was killed. Choose an instance type with more memory.`;
  return shorten(`${told} ${said}`.trim(), ending);
}

/** A program that says whose fault it was is believed; the built-in algorithms do. */
function named(said: string): string {
  return /^(ClientError|AlgorithmError|InternalServerError)\b/.test(said) ? said : `AlgorithmError: ${said}`;
}

/** As shells and container engines count: 128 plus the signal. */
function exitCode(exit: InstanceExit): number {
  if (exit.code !== undefined) return exit.code;
  return 128 + (signalNumbers.get(exit.signal ?? 'SIGKILL') ?? constants.signals.SIGKILL);
}

const signalNumbers = new Map<string, number>(Object.entries(constants.signals));

function shorten(text: string, ending: string): string {
  return text.slice(0, longestFailureReason - ending.length) + ending;
}

function endOf(transitions: InstanceState['transitions']): string {
  return transitions.find(({ phase }) => phase === 'exited')?.at ?? new Date(0).toISOString();
}

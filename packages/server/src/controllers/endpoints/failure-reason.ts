/** FailureReason of an endpoint, from what became of one of its instances. */
import type { LogStore } from '../../observability/log-store.ts';
import { logStream } from './instance-workload.ts';
import type { InstanceFailure } from './judge-instance.ts';

/** The API's limit, in characters. */
const longestReason = 1024;
const shownLines = 5;

export async function failureReason(failure: InstanceFailure, logs: LogStore): Promise<string> {
  const lines = await lastLines(failure, logs);
  const reason = describeCause(failure, lines);
  const ending = 'Please check CloudWatch logs for this endpoint.';
  if (lines.length === 0) return `${reason} ${ending}`.slice(0, longestReason);
  const room = longestReason - reason.length - ending.length - ' Last lines of its log: "" '.length;
  // The end of a log says most.
  const tail = lines.join('\n').slice(-Math.max(0, room));
  return `${reason} Last lines of its log: "${tail}" ${ending}`.slice(0, longestReason);
}

function describeCause({ planned, cause }: InstanceFailure, lines: readonly string[]): string {
  const container = `The ${planned.containerName} container for production variant ${planned.name}`;
  const ping = `${container} did not pass the ping health check`;
  if (cause.type === 'not-healthy-in-time') {
    return `${ping}: it ran for ${planned.startupTimeoutSeconds} seconds without answering GET /ping with 200.`;
  }
  if (cause.type === 'stopped-answering') return `${container} stopped answering GET /ping.`;
  const { exit } = cause;
  const message = exit.message?.trim() ?? '';
  // A worker's own account of a program that said nothing else is often its last line.
  const told = lines.some((line) => line.includes(message)) || message === '' ? '' : ` ${sentence(message)}`;
  switch (exit.reason) {
    case 'data-failed':
      return `Failed to download model data for container "${planned.containerName}" of production variant ${planned.name}${modelUri(planned)}.${told}`;
    case 'out-of-memory':
      return `${container} was killed because it used more memory than ${planned.instanceType} has.${told}`;
    case 'lost':
      return `The instance of production variant ${planned.name} could not be kept running.${told}`;
    case 'completed':
    case 'program-failed':
    case 'stopped':
    case 'interrupted':
      return `${ping}: its program ended ${ending(exit)}.${told}`;
  }
}

function ending(exit: { readonly code?: number; readonly signal?: string }): string {
  if (exit.signal !== undefined) return `by signal ${exit.signal}`;
  return exit.code === undefined ? 'early' : `with exit code ${exit.code}`;
}

function modelUri({ template }: InstanceFailure['planned']): string {
  const uri = template.inputs[0]?.uri;
  return uri === undefined ? '' : ` from URL: "${uri}"`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

async function lastLines({ planned, instance }: InstanceFailure, logs: LogStore): Promise<string[]> {
  try {
    const page = await logs.read(planned.template.logGroup, logStream(planned, instance), {
      startFromHead: false,
      limit: shownLines,
    });
    return page.events.map(({ message }) => message.trimEnd());
  } catch {
    // It ended before it wrote a line: there is no stream to read.
    return [];
  }
}

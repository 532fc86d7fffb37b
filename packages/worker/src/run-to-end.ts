import { closeSync, openSync, constants, readSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceReport, InstanceSpec } from './instance-spec.ts';
import { LineSplitter } from './logs/line-splitter.ts';
import type { LogFile } from './logs/log-file.ts';
import type { MetricPoster } from './metrics/metric-poster.ts';
import type { MetricScraper } from './metrics/metric-scraper.ts';
import type { Launcher, ProgramExit, RunningProgram } from './program/running-program.ts';
import type { Report } from './report.ts';
import type { ProgramStop } from './stop-request.ts';

type Exit = NonNullable<InstanceReport['exit']>;

interface Surroundings {
  readonly report: Report;
  readonly log: LogFile;
  readonly scraper: MetricScraper;
  readonly poster: MetricPoster;
  readonly stop: ProgramStop;
  /** Asked when the program is told to end: how long it may take, in seconds. */
  readonly grace: () => number;
}

/**
 * Starts the program, follows it to its end, and sees to it that nothing it started is left.
 * @throws ProgramError when it cannot be started.
 */
export async function runToEnd(
  spec: InstanceSpec,
  launcher: Launcher,
  { report, log, scraper, poster, stop, grace }: Surroundings,
): Promise<Exit> {
  const lastErrors: string[] = [];
  const line = (from: 'stdout' | 'stderr') => (text: Buffer, at: number) => {
    log.append(text, at);
    scraper.read(text, at);
    if (from !== 'stderr') return;
    lastErrors.push(text.toString('utf8', 0, MESSAGE_CHARACTERS));
    if (lastErrors.length > 8) lastErrors.shift();
  };
  const splitters = { stdout: new LineSplitter(line('stdout')), stderr: new LineSplitter(line('stderr')) };
  const program = await launcher.start((stream, chunk) => {
    splitters[stream].write(chunk);
    log.flush();
  }, poster);
  const { identity, address } = program;
  report.enter('running', {
    ...(identity === undefined ? {} : { program: identity }),
    ...(address === undefined ? {} : { address }),
  });

  const ending = endWhenAsked(grace, stop, (name) => program.signal(name));
  const showMetrics = setInterval(() => {
    if (scraper.finalMetrics.some(({ at }, index) => at !== report.current.finalMetrics[index]?.at))
      report.update({ finalMetrics: scraper.finalMetrics });
  }, METRICS_MS);
  const exit = await program.exited.finally(() => {
    clearInterval(showMetrics);
    ending.cancel();
  });
  await launcher.clear();
  // A process that this user may not see could hold the pipe open for ever: what it prints from now on is lost.
  await Promise.race([program.outputEnded, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  splitters.stdout.end();
  splitters.stderr.end();
  log.flush();
  const exitMessage = leftText(spec.baseDir, 'output/message');
  report.update({ finalMetrics: scraper.finalMetrics, ...(exitMessage === undefined ? {} : { exitMessage }) });

  const how = {
    ...(exit.code === null ? {} : { code: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
  };
  const memory = program.memoryEnd(exit, ending.asked());
  if (memory !== undefined) return { reason: 'out-of-memory', ...how, message: memory };
  if (ending.asked()) return { reason: 'stopped', ...how };
  if (exit.code === 0) return { reason: 'completed', code: 0 };
  const message = leftText(spec.baseDir, 'output/failure') ?? account(exit, lastErrors, program);
  return { reason: 'program-failed', ...how, ...(message === undefined ? {} : { message }) };
}

/** SIGTERM when a stop is asked for, SIGKILL after the grace period or when the instance is abandoned. */
function endWhenAsked(
  graceSeconds: () => number,
  stop: ProgramStop,
  signal: (name: NodeJS.Signals) => void,
): { asked(): boolean; cancel(): void } {
  let asked = false;
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    asked = true;
    signal('SIGTERM');
    grace = setTimeout(kill, graceSeconds() * 1000);
  };
  const kill = (): void => {
    asked = true;
    signal('SIGKILL');
  };
  for (const [when, act] of [
    [stop.stop, end],
    [stop.abandon, kill],
  ] as const) {
    if (when.aborted) act();
    else when.addEventListener('abort', act, { once: true });
  }
  return {
    asked: () => asked,
    cancel: () => {
      clearTimeout(grace);
      stop.stop.removeEventListener('abort', end);
      stop.abandon.removeEventListener('abort', kill);
    },
  };
}

const MESSAGE_CHARACTERS = 1024;
/** How often the last values so far go into the report of a running program. */
const METRICS_MS = 5000;

/** What the program wrote about its end, cut as SageMaker cuts it. */
function leftText(baseDir: string, name: 'output/failure' | 'output/message'): string | undefined {
  let file: number;
  try {
    // Neither a link out of the folder nor a FIFO without a writer may catch the worker.
    file = openSync(join(baseDir, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined; // it wrote none
  }
  try {
    const bytes = Buffer.alloc(4 * MESSAGE_CHARACTERS);
    const text = bytes.toString('utf8', 0, readSync(file, bytes)).trim();
    return text === '' ? undefined : text.slice(0, MESSAGE_CHARACTERS);
  } catch {
    return undefined; // a folder, or a FIFO with nothing in it
  } finally {
    closeSync(file);
  }
}

/** What the worker can say itself of a program that left no failure file: its last words on stderr, or the signal that ended it. */
function account(exit: ProgramExit, lastErrors: readonly string[], program: RunningProgram): string | undefined {
  const words = lastErrors.join('\n').slice(-MESSAGE_CHARACTERS).trim();
  const explained = program.explain?.(exit, words);
  if (explained !== undefined) return `${explained} ${words}`.trim();
  if (words !== '') return words;
  return exit.signal === null ? undefined : `The program was ended by ${exit.signal}, which the platform did not send.`;
}

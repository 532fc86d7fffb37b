import { closeSync, openSync, constants, readSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceReport, InstanceSpec } from './instance-spec.ts';
import { LineSplitter } from './logs/line-splitter.ts';
import type { LogFile } from './logs/log-file.ts';
import type { MetricPoster } from './metrics/metric-poster.ts';
import type { MetricScraper } from './metrics/metric-scraper.ts';
import { sampleSystem } from './metrics/system-sampler.ts';
import { currentConnection } from './platform/connection.ts';
import { killLeftovers } from './processes/kill-leftovers.ts';
import { identifyProcess } from './processes/process-identity.ts';
import { programEnvironment } from './program/environment.ts';
import { findExecutable } from './program/find-executable.ts';
import { freePort } from './program/free-port.ts';
import { OPT_ML, launchArguments, outsidePath } from './program/launch.ts';
import { type ProgramExit, runProgram } from './program/run-program.ts';
import type { Report } from './report.ts';
import type { StopRequest } from './stop-request.ts';

type Exit = NonNullable<InstanceReport['exit']>;

interface Surroundings {
  readonly report: Report;
  readonly log: LogFile;
  readonly scraper: MetricScraper;
  readonly poster: MetricPoster;
  readonly stop: StopRequest;
}

/** Starts the program, follows it to its end, and sees to it that nothing it started is left. */
export async function runToEnd(
  spec: InstanceSpec,
  { report, log, scraper, poster, stop }: Surroundings,
): Promise<Exit> {
  const listen = spec.listen?.type === 'tcp' ? { type: 'tcp' as const, port: await freePort() } : spec.listen;
  const baseDir = spec.mountOptMl ? OPT_ML : spec.baseDir;
  const cwd = spec.program.workingDir ?? baseDir;
  const environment = programEnvironment(
    spec,
    { baseDir, connection: currentConnection(spec.connectionFile), ...(listen === undefined ? {} : { listen }) },
    process.env,
  );
  const [name] = spec.program.argv;
  if (findExecutable(outsidePath(spec, name), outsidePath(spec, cwd), environment['PATH']) === undefined) {
    return {
      reason: 'program-failed',
      message: `The program "${name}" was not found, or may not be executed. Give its full path, or add its folder to PATH.`,
    };
  }

  const lastErrors: string[] = [];
  const line = (from: 'stdout' | 'stderr') => (text: Buffer, at: number) => {
    log.append(text, at);
    scraper.read(text, at);
    if (from !== 'stderr') return;
    lastErrors.push(text.toString('utf8', 0, MESSAGE_CHARACTERS));
    if (lastErrors.length > 8) lastErrors.shift();
  };
  const splitters = { stdout: new LineSplitter(line('stdout')), stderr: new LineSplitter(line('stderr')) };
  const program = await runProgram({
    argv: launchArguments(spec, spec.program.argv, cwd),
    cwd: outsidePath(spec, cwd),
    environment,
    output: (stream, chunk) => {
      splitters[stream].write(chunk);
      log.flush();
    },
  });
  const identity = identifyProcess(program.pid);
  report.enter('running', {
    ...(identity === undefined ? {} : { program: identity }),
    ...(listen === undefined
      ? {}
      : { address: listen.type === 'unix' ? `unix:${listen.path}` : `tcp:127.0.0.1:${listen.port}` }),
  });
  const system = sampleSystem(spec, program.pid, poster, () => void killLeftovers(spec.marker, program.pid));

  const ending = endWhenAsked(spec, stop, (name) => program.signal(name));
  const showMetrics = setInterval(() => {
    if (scraper.finalMetrics.some(({ at }, index) => at !== report.current.finalMetrics[index]?.at))
      report.update({ finalMetrics: scraper.finalMetrics });
  }, METRICS_MS);
  const exit = await program.exited;
  clearInterval(showMetrics);
  ending.cancel();
  system.stop();
  await killLeftovers(spec.marker, program.pid);
  // A process that this user may not see could hold the pipe open for ever: what it prints from now on is lost.
  await Promise.race([program.outputEnded, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  splitters.stdout.end();
  splitters.stderr.end();
  log.flush();
  report.update({ finalMetrics: scraper.finalMetrics });

  const how = {
    ...(exit.code === null ? {} : { code: exit.code }),
    ...(exit.signal === null ? {} : { signal: exit.signal }),
  };
  const used = system.exceeded();
  if (used !== undefined)
    return { reason: 'out-of-memory', ...how, message: overLimitMessage(used, spec.limits.memoryBytes) };
  if (ending.asked()) return { reason: 'stopped', ...how };
  if (exit.code === 0) return { reason: 'completed', code: 0 };
  if (exit.signal === 'SIGKILL' && system.machineRanOut()) {
    return {
      reason: 'out-of-memory',
      ...how,
      message:
        'The machine ran out of memory and the kernel ended the program. Use less memory, or run fewer jobs at once.',
    };
  }
  const message = failureFile(spec.baseDir) ?? account(exit, lastErrors);
  return { reason: 'program-failed', ...how, ...(message === undefined ? {} : { message }) };
}

/** SIGTERM when a stop is asked for, SIGKILL after the grace period or when the instance is abandoned. */
function endWhenAsked(
  spec: InstanceSpec,
  stop: StopRequest,
  signal: (name: NodeJS.Signals) => void,
): { asked(): boolean; cancel(): void } {
  let asked = false;
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    asked = true;
    signal('SIGTERM');
    grace = setTimeout(kill, spec.stopGraceSeconds * 1000);
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

/** What the program wrote about its failure, cut as SageMaker cuts it. */
function failureFile(baseDir: string): string | undefined {
  let file: number;
  try {
    // Neither a link out of the folder nor a FIFO without a writer may catch the worker.
    file = openSync(join(baseDir, 'output/failure'), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
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
function account(exit: ProgramExit, lastErrors: readonly string[]): string | undefined {
  const words = lastErrors.join('\n').slice(-MESSAGE_CHARACTERS).trim();
  if (words !== '') return words;
  return exit.signal === null ? undefined : `The program was ended by ${exit.signal}, which the platform did not send.`;
}

function overLimitMessage(used: number, limit: number): string {
  return `The program used ${gibibytes(used)} of memory, more than the ${gibibytes(limit)} of its instance type, and was killed. Use a larger instance type, or less memory.`;
}

function gibibytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

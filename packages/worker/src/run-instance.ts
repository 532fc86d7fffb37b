import { setTimeout as sleep } from 'node:timers/promises';
import { rm } from 'node:fs/promises';
import { prepareBaseFolder } from './base-folder.ts';
import { DataError } from './data-error.ts';
import type { Pipes } from './inputs/pipes/open-pipes.ts';
import { pathInside } from './inputs/path-inside.ts';
import type { StoredFolders } from './checkpoints/stored-folders.ts';
import type { InstanceReport, InstanceSpec } from './instance-spec.ts';
import { LogFile } from './logs/log-file.ts';
import { MetricPoster } from './metrics/metric-poster.ts';
import { MetricScraper } from './metrics/metric-scraper.ts';
import { killLeftovers } from './processes/kill-leftovers.ts';
import { processLauncher } from './program/process-launcher.ts';
import { ProgramError } from './program/program-error.ts';
import type { Launcher } from './program/running-program.ts';
import { Report } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import type { ProgramStop, StopRequest } from './stop-request.ts';

type Exit = NonNullable<InstanceReport['exit']>;

/** Takes one instance from its claim to its end. Whatever happens, its last word is a report that says `exited`. */
export async function runInstance(spec: InstanceSpec, stop: StopRequest): Promise<void> {
  const report = new Report(spec.reportFile);
  stop.check();
  const exit = await run(spec, report, stop).catch((error: unknown): Exit => {
    // The platform's own fault: the trace goes to the worker's log, beside the spec.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return { reason: 'lost', message: `The worker failed: ${error instanceof Error ? error.message : String(error)}` };
  });
  if (exit.reason === 'lost') await killLeftovers(spec.marker, undefined);
  await say(report, exit);
}

const LAST_WORD_TRIES = 600;

/** The last word is what everything waits for: a disk without space is asked again for ten minutes. */
async function say(report: Report, exit: Exit): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return report.enter('exited', { exit });
    } catch (error) {
      if (tries === LAST_WORD_TRIES) throw error;
      await sleep(1000);
    }
  }
}

async function run(spec: InstanceSpec, report: Report, stop: StopRequest): Promise<Exit> {
  report.note('preparing');
  const log = new LogFile(spec.logFile);
  const poster = new MetricPoster(async (points, signal) =>
    (await import('./platform/put-metrics.ts')).putMetrics(spec.connectionFile, points, signal),
  );
  const scraper = new MetricScraper(spec.metricDefinitions, poster, (text) => log.notice(text));
  let launcher: Launcher | undefined;
  const folders = await openFolders(spec, (text) => log.notice(text));
  let fetching: Promise<Pipes | undefined> | undefined;
  try {
    prepareBaseFolder(spec);
    if (spec.retained !== undefined) (await import('./retained-folder.ts')).takeRetained(spec);
    for (const notice of spec.notices) log.notice(notice);
    launcher = await makeLauncher(spec, stop, (text) => log.notice(text));
    const started = launcher;
    fetching = fetch(spec, report, stop, folders);
    const [pipes] = await Promise.all([fetching, started.prepare()]);
    if (stop.stop.aborted) return { reason: stoppedBy(stop) };
    folders?.begin();
    const toEnd = (ending: ProgramStop): Promise<Exit> =>
      runToEnd(spec, started, {
        report,
        log,
        scraper,
        poster,
        stop: ending,
        grace: () => stop.interrupt?.graceSeconds ?? spec.stopGraceSeconds,
      });
    const ended = pipes === undefined ? await toEnd(stop) : await pipes.run(stop, toEnd);
    const exit = ended.reason === 'stopped' ? { ...ended, reason: stoppedBy(stop) } : ended;
    if (exit.reason === 'data-failed' && exit.message !== undefined) log.notice(exit.message);
    const closed = poster.close(stop.abandon.aborted ? 0 : undefined);
    const stored = await store(spec, exit, { report, log, stop, folders });
    if (spec.retained?.leave !== undefined) (await import('./retained-folder.ts')).leaveRetained(spec);
    await closed;
    return stored;
  } catch (error) {
    if (stop.stop.aborted) return { reason: stoppedBy(stop) };
    const told = isDiskFull(error) ? new DataError(`No space is left on the disk that holds ${spec.baseDir}`) : error;
    if (told instanceof ProgramError) {
      log.notice(told.message);
      const code = told.code === undefined ? {} : { code: told.code };
      return { reason: 'program-failed', ...code, message: told.message.slice(0, 1024) };
    }
    if (!(told instanceof DataError)) throw error;
    await dropInputs(spec);
    log.notice(told.message);
    return { reason: 'data-failed', message: told.message.slice(0, 1024) };
  } finally {
    // What went wrong was told above; a pipe left open would hold this process back for ever.
    await folders?.cancel();
    await (await fetching?.catch(() => undefined))?.close();
    // Whoever removes the instance tries again: what happened to the program is worth more than this.
    await launcher?.clear().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    log.close();
  }
}

/** Containers bring code of their own, which a program of this machine does not wait for. */
async function makeLauncher(spec: InstanceSpec, stop: StopRequest, notice: (text: string) => void): Promise<Launcher> {
  const { program } = spec;
  if (!('image' in program)) return processLauncher(spec, program);
  const { containerLauncher } = await import('./containers/container-launcher.ts');
  return containerLauncher(spec, program, { signal: stop.stop, notice });
}

/** Copies that nobody will read: on a disk that they have filled, not even how the job ended could be written down. */
async function dropInputs(spec: InstanceSpec): Promise<void> {
  for (const { path } of spec.inputs) await rm(pathInside(spec.baseDir, path), { recursive: true, force: true });
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** What ended an instance that was asked to end. */
function stoppedBy(stop: StopRequest): 'stopped' | 'interrupted' {
  return stop.interrupt === undefined ? 'stopped' : 'interrupted';
}

/** Code that programs without such folders do not wait for. */
async function openFolders(spec: InstanceSpec, notice: (text: string) => void): Promise<StoredFolders | undefined> {
  if (spec.checkpoints === undefined && !spec.outputs.some(({ continuous }) => continuous === true)) return undefined;
  const { storedFolders } = await import('./checkpoints/stored-folders.ts');
  return storedFolders(spec, notice);
}

async function fetch(
  spec: InstanceSpec,
  report: Report,
  stop: StopRequest,
  folders: StoredFolders | undefined,
): Promise<Pipes | undefined> {
  if ((spec.inputs.length === 0 && spec.checkpoints === undefined) || stop.stop.aborted) return undefined;
  report.enter('downloading');
  await folders?.fetch(stop.stop);
  const { deliverInputs } = await import('./inputs/deliver-inputs.ts');
  return deliverInputs(spec, stop.stop);
}

/** Stores the outputs, and answers how the instance ends with that taken into account. */
async function store(spec: InstanceSpec, exit: Exit, { report, log, stop, folders }: Storing): Promise<Exit> {
  const failedHere = exit.reason !== 'completed' && exit.reason !== 'stopped';
  const kept = failedHere ? spec.outputs.filter((output) => output.onFailure === true) : spec.outputs;
  const any = kept.length > 0 && exit.reason !== 'interrupted';
  if ((!any && folders === undefined) || stop.abandon.aborted) return exit;
  report.enter('uploading');
  try {
    await folders?.end(stop.abandon);
    if (any) await storeAll(spec, failedHere, log, stop);
    return exit;
  } catch (error) {
    if (stop.abandon.aborted) return exit;
    if (!(error instanceof DataError)) throw error;
    log.notice(error.message);
    // What happened first is what the user must know.
    return failedHere ? exit : { ...exit, reason: 'data-failed', message: error.message.slice(0, 1024) };
  }
}

interface Storing {
  readonly report: Report;
  readonly log: LogFile;
  readonly stop: StopRequest;
  readonly folders: StoredFolders | undefined;
}

async function storeAll(spec: InstanceSpec, failedHere: boolean, log: LogFile, stop: StopRequest): Promise<void> {
  const othersDidWell =
    spec.gather.length === 0 || (await (await import('./outputs/gather-hosts.ts')).gatherHosts(spec, stop.abandon));
  const failed = failedHere || !othersDidWell;
  const outputs = spec.outputs.filter(
    ({ continuous, onFailure }) => continuous !== true && (!failed || onFailure === true),
  );
  const { storeOutputs } = await import('./outputs/store-outputs.ts');
  await storeOutputs(spec, outputs, (text) => log.notice(text), stop.abandon);
}

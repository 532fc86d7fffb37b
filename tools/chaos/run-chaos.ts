import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, connect } from './clients.ts';
import { ControlPlane, pickPort } from './control-plane.ts';
import { deployEndpoint, endpointName, EndpointTraffic } from './endpoint-traffic.ts';
import { EndpointChurn } from './endpoint-churn.ts';
import { Findings } from './findings.ts';
import { JobTraffic } from './job-traffic.ts';
import { bucket } from './jobs.ts';
import { type JobCounts, judgeJobs } from './judge-jobs.ts';
import { endpointWorkers, killWorker, mountsOf, processesOf, workloadFolders } from './leftovers.ts';
import { Random } from './random.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly kills: number;
  /** Training jobs that are in progress at any time. */
  readonly jobs: number;
  /** After so many seconds the kills end, and after so many more the jobs must have. */
  readonly limitSeconds: number;
  readonly onProgress: (line: string) => void;
}

export interface ChaosResult {
  readonly findings: readonly string[];
  readonly kills: number;
  readonly killsWhileStarting: number;
  readonly counts: JobCounts;
  readonly workersKilled: number;
  readonly churned: number;
  readonly invocations: { readonly answered: number; readonly missed: number };
  readonly slowestStartMs: number;
  readonly seconds: number;
}

/** One kill in ten comes before the control plane has said a word. */
const whileStartingShare = 0.1;
const longestLifeMs = 1200;
const longestHalfStartMs = 500;
/** In which all jobs must end when the kills are over. */
const settleMs = 120_000;
const callers = 2;
/** After every so many kills of the control plane, a job's worker is killed too: that job must run again, and only once at a time. */
const workerKillEvery = 10;

/** Kills the control plane again and again under load, and says what was not as it must be. Nothing of it is left on the machine afterwards. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rung-chaos-'));
  const port = await pickPort(new Random(options.seed, 'port'));
  const controlPlane = new ControlPlane({
    folder,
    port,
    maxConcurrentJobs: Math.max(2, Math.ceil(options.jobs * 0.4)),
  });
  const findings = new Findings();
  const cleanUp = (): void => {
    controlPlane.abandon();
    for (const { pid } of processesOf(folder)) killIfThere(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const interrupted = (): never => {
    cleanUp();
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    return await run(options, folder, controlPlane, findings);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    cleanUp();
  }
}

async function run(
  options: ChaosOptions,
  folder: string,
  controlPlane: ControlPlane,
  findings: Findings,
): Promise<ChaosResult> {
  const { seed, onProgress } = options;
  const from = performance.now();
  const ledgers = join(folder, 'ledgers');
  mkdirSync(ledgers);
  onProgress('starting the control plane, training a model and deploying it');
  controlPlane.spawn();
  await controlPlane.untilAnswers();
  // The one key is written when the platform listens.
  while (!hasConnection(controlPlane.stateDir)) await sleep(10);
  const clients = connect(controlPlane.stateDir);
  await putPoints(clients);
  await deployEndpoint(clients);
  const workersBefore = endpointWorkers(controlPlane.stateDir, endpointName);
  findings.expect(workersBefore.length >= 1, 'no process of the endpoint was found');

  const jobs = new JobTraffic({ clients, findings, random: new Random(seed, 'jobs'), ledgers, inFlight: options.jobs });
  const invocations = new EndpointTraffic(clients, controlPlane, findings);
  const churn = new EndpointChurn(clients, findings);
  jobs.start();
  churn.start();
  invocations.start(callers);
  const tell = (kills: number): void =>
    onProgress(
      `${kills}/${options.kills} kills, ${jobs.jobs.length} jobs (${jobs.open} open), ${invocations.answered} invocations answered, ` +
        `${invocations.missed} met nobody, ${findings.list.length} findings, ${seconds(from)} s`,
    );
  const workers = new Random(seed, 'workers');
  const kills = await killAgainAndAgain(options, controlPlane, from, (done) => {
    tell(done);
    if (done % workerKillEvery === 0) jobs.noteLost(killWorker(controlPlane.stateDir, workers));
  });

  await churn.stop();
  await jobs.finish(performance.now() + settleMs);
  const counts = await judgeJobs(jobs.jobs, clients, findings);
  await invocations.stop();
  const { EndpointStatus } = await clients.sagemaker.call('DescribeEndpoint', { EndpointName: endpointName });
  findings.expect(EndpointStatus === 'InService', `the endpoint is ${EndpointStatus}`);
  const workersAfter = endpointWorkers(controlPlane.stateDir, endpointName);
  findings.expect(
    workersBefore.join() === workersAfter.join(),
    `the endpoint was not adopted: its processes were ${workersBefore.join()}, they are ${workersAfter.join()}`,
  );

  await controlPlane.down();
  lookForLeftovers(folder, controlPlane, findings);
  return {
    findings: findings.list,
    ...kills,
    counts,
    workersKilled: jobs.jobs.filter(({ lost }) => lost).length,
    churned: churn.rounds,
    invocations: { answered: invocations.answered, missed: invocations.missed },
    slowestStartMs: Math.round(controlPlane.slowestStartMs),
    seconds: seconds(from),
  };
}

async function killAgainAndAgain(
  { seed, kills, limitSeconds }: ChaosOptions,
  controlPlane: ControlPlane,
  from: number,
  tell: (kills: number) => void,
): Promise<{ kills: number; killsWhileStarting: number }> {
  const random = new Random(seed, 'kills');
  let killsWhileStarting = 0;
  for (let done = 0; done < kills; done += 1) {
    if (seconds(from) > limitSeconds) throw new Error(`${done} of ${kills} kills took longer than ${limitSeconds} s`);
    if (random.next() < whileStartingShare) {
      killsWhileStarting += 1;
      if (controlPlane.upSince !== undefined) {
        await controlPlane.kill();
        controlPlane.spawn();
      }
      await sleep(random.between(0, longestHalfStartMs));
    } else {
      if (controlPlane.upSince === undefined) await controlPlane.untilAnswers();
      await sleep(random.between(0, longestLifeMs));
    }
    await controlPlane.kill();
    controlPlane.spawn();
    tell(done + 1);
  }
  await controlPlane.untilAnswers();
  return { kills, killsWhileStarting };
}

function lookForLeftovers(folder: string, controlPlane: ControlPlane, findings: Findings): void {
  for (const { pid, command } of processesOf(folder)) findings.add(`process ${pid} is left: ${command.slice(0, 200)}`);
  for (const mount of mountsOf(folder)) findings.add(`a mount is left: ${mount}`);
  for (const left of workloadFolders(controlPlane.stateDir)) findings.add(`the engine left ${left}`);
  // Level 50 is what the platform itself calls an error of its own.
  for (const line of readFileSync(controlPlane.logFile, 'utf8').split('\n'))
    if (/"level":[56]0/.test(line) || /^rung: |Error:/.test(line))
      findings.add(`the control plane logged: ${line.slice(0, 800)}`);
}

async function putPoints({ s3 }: Clients): Promise<void> {
  const rows = Array.from(
    { length: 60 },
    (_, index) => `${index % 2 === 0 ? 1 : 50},${index % 2 === 0 ? index % 7 : 50 - (index % 7)}`,
  );
  await s3.call('CreateBucket', { Bucket: bucket });
  await s3.call('PutObject', {
    Bucket: bucket,
    Key: 'points/points.csv',
    Body: new TextEncoder().encode(rows.join('\n')),
  });
}

function hasConnection(stateDir: string): boolean {
  try {
    connect(stateDir);
    return true;
  } catch {
    return false; // not written yet
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function seconds(from: number): number {
  return Math.round((performance.now() - from) / 1000);
}

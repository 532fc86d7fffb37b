/** What must be true of every job when the last kill is over. */
import { WireError } from '@rung/wire';
import type { DescribeTrainingJobResponse, SecondaryStatusTransition } from '@rung/wire/types/sagemaker';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Clients, describeError } from './clients.ts';
import type { Findings } from './findings.ts';
import { bucket, type PlannedJob } from './jobs.ts';
import type { TrackedJob } from './job-traffic.ts';

export interface JobCounts {
  readonly acknowledged: number;
  /** Their Create got no answer, and they exist all the same. */
  readonly unacknowledged: number;
  readonly never: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

export async function judgeJobs(jobs: readonly TrackedJob[], clients: Clients, findings: Findings): Promise<JobCounts> {
  let acknowledged = 0;
  let unacknowledged = 0;
  let never = 0;
  const byStatus: Record<string, number> = {};
  const listed = await listedNames(clients);
  for (const job of jobs) {
    const { name } = job.plan;
    const description = await describe(name, clients);
    if (description === undefined) {
      never += 1;
      findings.expect(!job.acknowledged, `${name} was acknowledged and is lost`);
      findings.expect(!listed.has(name), `${name} is listed and cannot be described`);
      findings.expect(startsOf(job.plan).starts === 0, `${name} does not exist, and its program ran`);
      continue;
    }
    if (job.acknowledged) acknowledged += 1;
    else unacknowledged += 1;
    findings.expect(listed.has(name), `${name} can be described and is not listed`);
    const status = description.TrainingJobStatus ?? '';
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    try {
      await judge(job, description, clients, findings);
    } catch (error) {
      findings.add(`${name} (${job.plan.kind}) cannot be judged: ${describeError(error)}`);
    }
  }
  return { acknowledged, unacknowledged, never, byStatus };
}

async function listedNames({ sagemaker }: Clients): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const page of sagemaker.paginate('ListTrainingJobs', { MaxResults: 100 })) {
    for (const { TrainingJobName = '' } of page.TrainingJobSummaries ?? []) names.add(TrainingJobName);
  }
  return names;
}

async function describe(name: string, { sagemaker }: Clients): Promise<DescribeTrainingJobResponse | undefined> {
  try {
    return await sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
  } catch (error) {
    if (error instanceof WireError && error.status === 400) return undefined;
    throw error;
  }
}

const expectedStatus = { works: 'Completed', kmeans: 'Completed', fails: 'Failed', 'is-stopped': 'Stopped' } as const;

async function judge(
  job: TrackedJob,
  description: DescribeTrainingJobResponse,
  clients: Clients,
  findings: Findings,
): Promise<void> {
  const { plan, ended } = job;
  const told = `${plan.name} (${plan.kind}${job.lost ? ', whose worker was killed' : ''})`;
  const {
    TrainingJobStatus: status,
    FailureReason: reason,
    SecondaryStatusTransitions: transitions = [],
  } = description;
  findings.expect(status === expectedStatus[plan.kind], `${told} is ${status}: ${reason}`);
  const expectedReason =
    plan.kind === 'fails' ? `AlgorithmError: the data of ${plan.name} is wrong, exit code: 3` : undefined;
  findings.expect(reason === expectedReason, `${told} has the FailureReason ${reason}`);
  if (ended !== undefined) {
    const now = `${status} at ${description.LastModifiedTime?.getTime()}`;
    findings.expect(
      now === `${ended.status} at ${ended.modified}`,
      `${told} had ended ${ended.status} at ${ended.modified}, and is now ${now}`,
    );
  }
  for (const wrong of wrongTransitions(transitions, status ?? '', job.lost))
    findings.add(`${told}: ${wrong}: ${ladder(transitions)}`);
  judgeLedger(job, transitions, findings, told);
  if (plan.kind === 'works' || plan.kind === 'kmeans') await judgeModel(plan, description, clients, findings);
  await judgeLog(job, clients, findings);
}

/** What may follow each secondary status. */
const followers: Readonly<Record<string, readonly string[]>> = {
  '': ['Starting', 'Pending'],
  Starting: ['Pending', 'Downloading', 'Training', 'Stopping', 'Failed'],
  Pending: ['Starting', 'Stopping'],
  Downloading: ['Training', 'Stopping', 'Failed'],
  Training: ['Uploading', 'Stopping', 'Failed'],
  Uploading: ['Completed', 'Stopping', 'Stopped', 'Failed'],
  Stopping: ['Uploading', 'Stopped'],
  Restarting: ['Starting', 'Pending', 'Stopping'],
};

function wrongTransitions(transitions: readonly SecondaryStatusTransition[], status: string, lost: boolean): string[] {
  const wrong: string[] = [];
  let before = '';
  let clock = 0;
  for (const { Status = '', StartTime, EndTime } of transitions) {
    // The loss of a worker, and nothing else, lets a job begin again.
    const mayFollow = lost && Status === 'Restarting' ? before !== '' : (followers[before] ?? []).includes(Status);
    if (!mayFollow) wrong.push(`${Status} follows ${before || 'nothing'}`);
    const start = StartTime?.getTime() ?? Number.NaN;
    const end = EndTime?.getTime() ?? Number.NaN;
    if (!(start >= clock && end >= start)) wrong.push(`the times of ${Status} run backwards or are open`);
    clock = end;
    before = Status;
  }
  if (before !== status) wrong.push(`the last transition is ${before}, the status ${status}`);
  return wrong;
}

function ladder(transitions: readonly SecondaryStatusTransition[]): string {
  return transitions
    .map(({ Status, StartTime, EndTime }) => `${Status} ${StartTime?.getTime()}-${EndTime?.getTime()}`)
    .join(', ');
}

function startsOf({ ledger }: PlannedJob): { starts: number; ends: number; overlaps: number } {
  let text = '';
  try {
    text = readFileSync(ledger, 'utf8');
  } catch {
    // It never ran, or it is no program that keeps one.
  }
  const count = (word: string): number => text.split('\n').filter((line) => line.startsWith(`${word} `)).length;
  return { starts: count('start'), ends: count('end'), overlaps: count('overlap') };
}

function judgeLedger(
  { plan, lost }: TrackedJob,
  transitions: readonly SecondaryStatusTransition[],
  findings: Findings,
  told: string,
): void {
  if (plan.kind === 'kmeans') return;
  const { starts, ends, overlaps } = startsOf(plan);
  findings.expect(overlaps === 0, `${told} ran twice at the same time`);
  const fewest = plan.kind === 'is-stopped' ? 0 : 1;
  const most = lost ? 2 : 1;
  // A run whose worker was killed may have come to its end all the same, if that was while its output was stored.
  const right = starts >= fewest && starts <= most && (plan.kind === 'is-stopped' || (ends >= 1 && ends <= starts));
  findings.expect(
    right,
    `${told} was started ${starts} times and came to its end ${ends} times: ${ladder(transitions)}`,
  );
}

async function judgeModel(
  plan: PlannedJob,
  description: DescribeTrainingJobResponse,
  { s3 }: Clients,
  findings: Findings,
): Promise<void> {
  const uri = description.ModelArtifacts?.S3ModelArtifacts ?? '';
  const { Body } = await s3.call('GetObject', { Bucket: bucket, Key: uri.slice(`s3://${bucket}/`.length) });
  const archive = gunzipSync(await bytesOf(Body));
  const content = plan.kind === 'kmeans' ? 'model' : `model of ${plan.name}\n`;
  findings.expect(archive.includes(content), `the archive ${uri} does not hold the model`);
}

async function bytesOf(body: unknown): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  // What is not whole comes as a stream of pieces.
  for await (const part of body as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

async function judgeLog({ plan, lost }: TrackedJob, { logs }: Clients, findings: Findings): Promise<void> {
  const group = '/aws/sagemaker/TrainingJobs';
  const { starts } = startsOf(plan);
  if (plan.kind === 'is-stopped' && starts === 0) return;
  const { logStreams = [] } = await logs.call('DescribeLogStreams', {
    logGroupName: group,
    logStreamNamePrefix: `${plan.name}/`,
  });
  const lines: string[] = [];
  for (const { logStreamName = '' } of logStreams) {
    for (let token: string | undefined; ;) {
      const page = await logs.call('GetLogEvents', {
        logGroupName: group,
        logStreamName,
        startFromHead: true,
        ...(token === undefined ? {} : { nextToken: token }),
      });
      lines.push(...(page.events ?? []).map(({ message = '' }) => message));
      if (page.nextForwardToken === token) break;
      token = page.nextForwardToken;
    }
  }
  if (plan.kind === 'kmeans') {
    findings.expect(lines.length > 0, `${plan.name} (kmeans) has no log`);
    return;
  }
  const all = lines.filter((line) => line.startsWith('line '));
  // A job that began again has the lines of both runs; those of the last are whole.
  const own = lost ? all.slice(all.lastIndexOf(`line 1 of ${plan.lines}`)) : all;
  const expected = Array.from({ length: plan.lines }, (_, index) => `line ${index + 1} of ${plan.lines}`);
  // A stop may come before the last line.
  const whole = plan.kind === 'is-stopped' ? expected.slice(0, own.length) : expected;
  findings.expect(
    own.join('\n') === whole.join('\n'),
    `${plan.name} (${plan.kind}) has ${own.length} of ${plan.lines} lines in its log: ${JSON.stringify(own.slice(0, 5))}`,
  );
}

/**
 * What a training job in a container costs before its first line, beside a bare `podman run` of the same image.
 *
 * Claim: from CreateTrainingJob to the first line in the job's log, at most the bare start + 400 ms (medians). Pairs are interleaved, so that both
 * meet the same machine, and both use the same storage, runtime and network. Needs Podman, runc and root.
 *
 * `node benchmarks/container-start.ts [pairs]`
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig, startServer } from '@rung/server';
import { Session } from '@rung/sdk';
import { makeRootArchives } from '../packages/server/src/engines/container/testing/make-images.ts';
import { podmanMissing, startPodman } from '../packages/server/src/engines/container/testing/podman-service.ts';
import { median, report } from './report.ts';

const CLAIM_MS = 400;
const pairs = Number(process.argv[2] ?? 20);
const image = 'localhost/bench:1';
const missing = podmanMissing();
if (missing !== undefined) {
  console.log(`skipped: ${missing}`);
  process.exit(0);
}

const stateDir = await mkdtemp(join(tmpdir(), 'rung-container-start-'));
const podman = await startPodman();
const archives = await makeRootArchives({ 'bin/train': '#!/bin/sh\necho first line\n' });
await podman.importImage(image, archives.shell);
await archives.close();
const server = await startServer(
  parseConfig(
    { stateDir, port: 0, tlsPort: false, logLevel: 'error', container: { socket: podman.socket } },
    'The benchmark',
  ),
);
const session = new Session({ stateDir });
await session.s3.call('CreateBucket', { Bucket: 'bench' });
const logs = join(stateDir, 'logs');
mkdirSync(logs, { recursive: true });

const bare: number[] = [];
const ours: number[] = [];
await throughPlatform('warm-up'); // compiled code is kept from here on, as it is on any machine that has run a job
for (let pair = 0; pair < pairs; pair += 1) {
  bare.push(await bareStart());
  ours.push(await throughPlatform(`job-${pair}`));
}
await server.close();
await podman.close();
await rm(stateDir, { recursive: true, force: true });

const added = median(ours) - median(bare);
report(
  'container-start',
  [
    {
      measure: 'CreateTrainingJob to the first line of a container',
      ours: `${median(ours).toFixed(0)} ms`,
      peer: `${median(bare).toFixed(0)} ms of podman run`,
      ratio: median(ours) / median(bare),
      target: `podman run + ${CLAIM_MS} ms`,
      holds: added <= CLAIM_MS,
    },
  ],
  { podman: execFileSync('podman', ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1) ?? '' },
);

async function bareStart(): Promise<number> {
  const from = performance.now();
  const child = spawn('podman', ['run', '--rm', '--log-driver', 'none', image, 'train'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: podman.environment,
  });
  await once(child.stdout, 'data');
  const took = performance.now() - from;
  await once(child, 'close');
  return took;
}

async function throughPlatform(name: string): Promise<number> {
  const line = firstLine(name);
  const from = performance.now();
  await session.sagemaker.call('CreateTrainingJob', {
    TrainingJobName: name,
    RoleArn: 'arn:aws:iam::000000000000:role/any',
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: 's3://bench/out' },
    ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
  });
  const took = (await line) - from;
  for (;;) {
    const job = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
    if (job.TrainingJobStatus === 'Completed') return took;
    if (job.TrainingJobStatus !== 'InProgress') throw new Error(job.FailureReason);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** When the job's log gets its first line: what `rung logs -f` would wait for. */
function firstLine(name: string): Promise<number> {
  return new Promise((resolve) => {
    const watcher = watch(logs, { recursive: true }, () => {
      if (!saysSo(name)) return;
      watcher.close();
      resolve(performance.now());
    });
  });
}

function saysSo(name: string): boolean {
  return readdirSync(logs, { recursive: true, encoding: 'utf8' }).some(
    (path) =>
      path.includes(name) &&
      existsSync(join(logs, path)) &&
      path.endsWith('.log') &&
      readFileSync(join(logs, path), 'utf8').includes('first line'),
  );
}

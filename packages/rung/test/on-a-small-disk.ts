/** Run with a state folder on a small file system of its own: fills it, makes room again, and prints what the platform said and did at each step. */
import { parseConfig, startServer } from '@rung/server';
import { Session, WireError } from '@rung/sdk';
import type { DescribeTrainingJobResponse } from '@rung/wire/types/sagemaker';
import { bucket, deploy, goodPoints, kmeansJob, prepareBucket, put, runJob, untilEnded } from './kmeans-job.ts';

const stateDir = process.argv[2] ?? '';
const server = await startServer(parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'silent' }, 'The test'));
const session = new Session({ stateDir });
await prepareBucket(session);
const before = await runJob(session, kmeansJob('before'));
await deploy(session, 'served', before.ModelArtifacts?.S3ModelArtifacts ?? '');

const tooLarge = await outcome(() => put(session, 'too-large', new Uint8Array(30 * 2 ** 20)));
const { filler, refusal } = await fill();
const whenFull = {
  read: await outcome(() => session.s3.call('GetObject', { Bucket: bucket, Key: 'points/points.csv' })),
  invoked: await outcome(invoke),
  listed: await outcome(() => session.sagemaker.call('ListTrainingJobs', {})),
  created: await outcome(() => session.sagemaker.call('CreateTrainingJob', kmeansJob('when-full'))),
};

// A little room: enough to remember a job, not enough to run one.
const others = filler.slice(4);
for (const Key of filler.slice(0, 4)) await session.s3.call('DeleteObject', { Bucket: bucket, Key });
const tight = await jobOutcome(kmeansJob('tight', { prefix: 'big/' }));
await session.s3.call('DeleteObjects', { Bucket: bucket, Delete: { Objects: others.map((Key) => ({ Key })) } });
const afterwards = {
  put: await outcome(() => put(session, 'afterwards', goodPoints)),
  trained: await jobOutcome(kmeansJob('afterwards')),
  invoked: await outcome(invoke),
};
const { Contents = [] } = await session.s3.call('ListObjectsV2', { Bucket: bucket });
await server.close();
const kept = Contents.map(({ Key }) => Key);
process.stdout.write(JSON.stringify({ tooLarge, refusal, whenFull, tight, afterwards, kept }));

/** Puts objects, smaller and smaller ones, until not even the smallest has room. The first is large, and the input of a job that then cannot copy it. */
async function fill(): Promise<{ filler: string[]; refusal: string }> {
  await put(session, 'big/points.csv', `${goodPoints}\n`.repeat(45_000));
  const keys: string[] = [];
  let last = '';
  for (let size = 2 ** 20; size >= 1024; size /= 4) {
    for (;;) {
      const key = `fill/${keys.length}`;
      last = await outcome(() => put(session, key, new Uint8Array(size)));
      if (last !== 'done') break;
      keys.push(key);
    }
  }
  return { filler: keys, refusal: last };
}

function invoke(): Promise<unknown> {
  const Body = new TextEncoder().encode('1,1');
  return session.runtime.call('InvokeEndpoint', { EndpointName: 'served', ContentType: 'text/csv', Body });
}

async function jobOutcome(request: Parameters<typeof runJob>[1]): Promise<string> {
  let job: DescribeTrainingJobResponse | undefined;
  const ended = await outcome(async () => {
    await session.sagemaker.call('CreateTrainingJob', request);
    job = await untilEnded(session, request.TrainingJobName ?? '');
  });
  return job === undefined ? ended : `${job.TrainingJobStatus} ${job.FailureReason ?? ''}`.trim();
}

async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    return error instanceof WireError ? `${error.code} ${error.status}: ${error.message}` : String(error);
  }
}

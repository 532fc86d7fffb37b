/** Jobs on several hosts that sum their gradients over sockets, interrupted in the middle, through the whole platform. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Session, spotSaving, TrainingJob } from '@rung/sdk';
import { readBody } from '@rung/wire';
import { findScriptEnvironment } from '../../../tools/script-environments.ts';
import { environmentsDir, runScript, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';
import { assertNear, runHostsJob } from './two-hosts/run-job.ts';

/** Why MPI cannot be tested here; `false` when it can. */
function missingMpi(): string | false {
  if (process.getuid?.() !== 0) return 'hosts have no names here';
  return spawnSync('mpirun', ['--version']).error === undefined
    ? false
    : 'there is no mpirun: apt-get install openmpi-bin';
}

const spot = { spot: { maxWaitSeconds: 600 }, maxRuntimeSeconds: 600 } as const;

describe('two hosts', () => {
  let platform: TestPlatform;
  let session: Session;
  let bucket: string;
  before(async () => {
    platform = await startPlatform({
      tlsPort: false,
      environmentsDir,
      maxConcurrentJobs: 4,
      spot: { graceSeconds: 10 },
    });
    session = new Session({ stateDir: platform.description.stateDir });
    bucket = await session.defaultBucket();
  });
  after(() => platform.close());

  test('train the same model as one host with twice the batch, also when they are taken away in the middle', async () => {
    const steps = 24;
    const [two, one, interrupted] = await Promise.all([
      runHostsJob(session, {
        script: 'train.ts',
        jobName: 'two',
        instanceCount: 2,
        hyperparameters: { steps, batch: 8 },
      }),
      runHostsJob(session, { script: 'train.ts', jobName: 'one', hyperparameters: { steps, batch: 16 } }),
      runHostsJob(session, {
        script: 'train.ts',
        jobName: 'interrupted',
        instanceCount: 2,
        hyperparameters: { steps, batch: 8, pause: 60 },
        checkpoints: `s3://${bucket}/checkpoints`,
        interruptAt: 6,
        ...spot,
      }),
    ]);
    // The same numbers, summed in another order: what differs is rounding.
    assertNear(two.weights, one.weights, 1e-9);
    assertNear(interrupted.weights, two.weights, 1e-9);

    const { statuses, lines, description } = interrupted;
    assert.deepEqual(
      statuses.filter((status) => ['Interrupted', 'Training', 'Completed'].includes(status)),
      ['Training', 'Interrupted', 'Training', 'Completed'],
    );
    const resumed = lines.filter((line) => line.startsWith('resumed at step '));
    assert.equal(resumed.length, 2, lines.join('\n'));
    assert.ok(Number(resumed[0]?.split(' ').at(-1)) > 6, resumed.join());
    const { TrainingTimeInSeconds: training = 0, BillableTimeInSeconds: billable = 0 } = description;
    assert.ok(billable > 0 && billable <= training, `${billable} of ${training}`);
    assert.ok((spotSaving(description) ?? -1) >= 0);

    const { Body } = await session.s3.call('GetObject', { Bucket: bucket, Key: 'two/output/model.tar.gz' });
    const archive = await readBody(Body ?? new Uint8Array());
    const names = execFileSync('tar', ['-tz'], { input: archive, encoding: 'utf8' })
      .split('\n')
      .map((name) => name.replace(/^\.\//, ''));
    assert.ok(names.includes('algo-1.json') && names.includes('algo-2.json'), 'what both hosts left is in one archive');
  });

  test('find each other by name where programs have a mount namespace of their own', async (t) => {
    const { lines } = await runHostsJob(session, {
      script: 'train.ts',
      jobName: 'names',
      instanceCount: 2,
      hyperparameters: { steps: 1, batch: 1 },
    });
    const [, first, second, name, master] =
      /^addresses (\S+) (\S+) name (\S+) master (\S+)$/.exec(
        lines.find((line) => line.startsWith('addresses')) ?? '',
      ) ?? [];
    if (first === 'unknown') {
      assert.equal(master, '127.0.0.1');
      t.skip('this user may not mount: hosts have no names here, and meet at 127.0.0.1');
      return;
    }
    assert.match(first ?? '', /^127\.\d+\.\d+\.1$/);
    assert.equal(second, first?.replace(/1$/, '2'));
    assert.deepEqual([name, master], ['algo-2', 'algo-1']);
  });

  test('end once, with the reason of the one that failed first, when one of them fails', async () => {
    const from = performance.now();
    const script =
      'echo "host $SM_CURRENT_HOST"; [ $SM_CURRENT_HOST = algo-1 ] && sleep 300; echo "no such column" >&2; exit 7';
    const result = await runScript(session, { files: { 'train.sh': script }, instanceCount: 2 });
    assert.equal(result.status, 'Failed');
    assert.match(result.reason, /no such column[\s\S]*exit code: 7$/);
    assert.ok(performance.now() - from < 60_000, 'the other host was not waited for');
  });

  test(
    'run one MPI program, started from the first of them',
    { skip: skipWithout('scikit-learn') || missingMpi() },
    async () => {
      const script = `
import os, sys
from mpi4py import MPI
world = MPI.COMM_WORLD
total = world.allreduce(10 ** world.rank)
# One write, so that what the others write does not come between.
sys.stdout.write(f"rank {world.rank} of {world.size} on {os.environ['SM_CURRENT_HOST']} sum {total}\\n")
`;
      const { status, reason, lines } = await runScript(session, {
        files: { 'train.py': script, 'requirements.txt': 'mpi4py\n' },
        framework: 'scikit-learn',
        instanceCount: 2,
        hyperparameters: { sagemaker_mpi_enabled: true, sagemaker_mpi_num_of_processes_per_host: 2 },
      });
      assert.equal(status, 'Completed', `${reason}\n${lines.join('\n')}`);
      const ranks = lines.flatMap((line) => /rank \d of 4 on .*$/.exec(line) ?? []).toSorted();
      assert.deepEqual(
        ranks,
        [0, 1, 2, 3].map((rank) => `rank ${rank} of 4 on algo-${rank < 2 ? 1 : 2} sum 1111`),
      );
    },
  );

  test('of several types see their groups', async () => {
    const groups = [
      { InstanceGroupName: 'readers', InstanceType: 'ml.m5.large', InstanceCount: 1 },
      { InstanceGroupName: 'trainer', InstanceType: 'ml.m5.xlarge', InstanceCount: 1 },
    ] as const;
    const name = 'groups';
    await session.sagemaker.call('CreateTrainingJob', {
      TrainingJobName: name,
      RoleArn: await session.role(),
      AlgorithmSpecification: {
        TrainingImage: 'rung/host',
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '-c', 'cat "$SAGEMAKER_BASE_DIR/input/config/resourceconfig.json"; echo'],
      },
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/` },
      ResourceConfig: { VolumeSizeInGB: 1, InstanceGroups: [...groups] },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    });
    const lines: string[] = [];
    await new TrainingJob(session, name).wait({ onEvent: (event) => event.type === 'log' && lines.push(event.line) });
    const seen = lines
      .map(
        (line) =>
          JSON.parse(line) as { current_host: string; current_group_name: string; current_instance_type: string },
      )
      .map((config) => [config.current_host, config.current_group_name, config.current_instance_type].join(' '));
    assert.deepEqual(seen.toSorted(), ['algo-1 readers ml.m5.large', 'algo-2 trainer ml.m5.xlarge']);
  });

  test(
    'PyTorch over gloo: the same model as one host, and again after an interruption',
    {
      skip: findScriptEnvironment('pytorch') ?? false,
    },
    async () => {
      const steps = 30;
      const job = { script: 'train.py', distribution: 'torch_distributed' } as const;
      const one = await runHostsJob(session, { ...job, jobName: 'torch-one', hyperparameters: { steps, batch: 16 } });
      const two = await runHostsJob(session, {
        ...job,
        jobName: 'torch-two',
        instanceCount: 2,
        hyperparameters: { steps, batch: 8 },
      });
      const interrupted = await runHostsJob(session, {
        ...job,
        jobName: 'torch-interrupted',
        instanceCount: 2,
        hyperparameters: { steps, batch: 8, pause: 200 },
        checkpoints: `s3://${bucket}/torch-checkpoints`,
        interruptAt: 10,
        ...spot,
      });
      // Means of halves instead of a mean of the whole, in 32 bits, over 30 steps.
      assertNear(two.weights, one.weights, 1e-5);
      assertNear(interrupted.weights, two.weights, 1e-5);
      assert.ok(interrupted.statuses.includes('Interrupted'));
      assert.ok(
        interrupted.lines.some((line) => /^resumed at step \d\d$/.test(line)),
        interrupted.lines.join('\n'),
      );
    },
  );

  test('a job that cannot be interrupted says why', async () => {
    await assert.rejects(new TrainingJob(session, 'one').interrupt(), {
      name: 'WireError',
      message: /the training job is in status Completed/,
    });
    await assert.rejects(new TrainingJob(session, 'nobody').interrupt(), /Requested resource not found/);
  });
});

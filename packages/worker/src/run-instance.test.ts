import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestContext, test } from 'node:test';
import type { InstanceReport, InstanceSpec } from './instance-spec.ts';
import { isAlive } from './processes/process-identity.ts';
import { type TestInstance, makeInstance } from './testing/instance.ts';
import { openS3Door } from './testing/s3-door.ts';

const shell = (script: string): InstanceSpec['program'] => ({ argv: ['sh', '-c', script] });
const nodeProgram = (script: string): InstanceSpec['program'] => ({ argv: [process.execPath, '-e', script] });

async function instance(context: TestContext, ...args: Parameters<typeof makeInstance>): Promise<TestInstance> {
  const made = await makeInstance(...args);
  context.after(() => made.remove());
  return made;
}

test('a job writes its files, runs its program and reports every phase', async (context) => {
  const job = await instance(context, {
    program: shell('cat input/config/r.json; echo problem >&2; pwd'),
    files: { 'input/config/r.json': '{"current_host":"{host}"}\n' },
    notices: ['first of all'],
  });
  const report = await job.run();
  assert.deepEqual(
    report.transitions.map(({ phase }) => phase),
    ['preparing', 'running', 'exited'],
  );
  assert.deepEqual(report.exit, { reason: 'completed', code: 0 });
  assert.equal(job.log()[0], 'first of all');
  assert.deepEqual(
    job.log().slice(1).toSorted(),
    ['problem', job.spec.baseDir, '{"current_host":"algo-1"}'].toSorted(),
  );
  assert.equal(job.complaints(), '');
});

test('the program finds its place in its environment, and nothing of the worker', async (context) => {
  const job = await instance(
    context,
    {
      program: nodeProgram('console.log(JSON.stringify(process.env))'),
      environment: { TRAINING_JOB_NAME: 'x', OMP_NUM_THREADS: '7' },
      limits: { vcpus: 1, memoryBytes: 2 ** 33 },
    },
    { endpoint: 'http://127.0.0.1:1', region: 'eu-west-1', accessKeyId: 'a', secretAccessKey: 'b' },
  );
  await job.run();
  const environment = JSON.parse(job.log().join('')) as Record<string, string>; // printed by the program above
  const expected = {
    SAGEMAKER_BASE_DIR: job.spec.baseDir,
    TRAINING_JOB_NAME: 'x',
    OMP_NUM_THREADS: '7',
    MKL_NUM_THREADS: '1',
    RUNG_THREADS: '1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    CURRENT_HOST: 'algo-1',
    TMPDIR: job.spec.tempDir,
    PYTHONUNBUFFERED: '1',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(environment[name], value, name);
  assert.equal(environment['NODE_COMPILE_CACHE'], undefined);
});

test('of two workers with one spec, one runs the program', async (context) => {
  const job = await instance(context, { program: shell('echo once; sleep 0.2') });
  await Promise.all([1, 2, 3].map(() => once(job.start(), 'close')));
  assert.deepEqual(job.log(), ['once']);
  assert.equal(job.report().exit?.reason, 'completed');
});

test('a failure file is the message, at most 1024 characters; without one, the last words on stderr', async (context) => {
  const told = await instance(context, { program: shell('printf "%02000d" 7 > output/failure; exit 3') });
  assert.deepEqual((await told.run()).exit, { reason: 'program-failed', code: 3, message: '0'.repeat(1024) });
  const silent = await instance(context, { program: shell('echo Traceback >&2; echo "ValueError: no" >&2; exit 1') });
  assert.deepEqual((await silent.run()).exit, {
    reason: 'program-failed',
    code: 1,
    message: 'Traceback\nValueError: no',
  });
  const killed = await instance(context, { program: shell('mkfifo output/failure; kill -SEGV $$') });
  assert.deepEqual((await killed.run()).exit, {
    reason: 'program-failed',
    signal: 'SIGSEGV',
    message: 'The program was ended by SIGSEGV, which the platform did not send.',
  });
});

test('a program that is not there is told by name', async (context) => {
  const job = await instance(context, { program: { argv: ['no-such-program', 'x'] } });
  const { exit } = await job.run();
  assert.equal(exit?.reason, 'program-failed');
  assert.match(exit.message ?? '', /The program "no-such-program" was not found/);
});

test('a stop sends SIGTERM to all of the program, and SIGKILL after the grace period', async (context) => {
  const polite = await instance(context, {
    program: shell('trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done'),
  });
  assert.deepEqual((await stopWhenReady(polite)).exit, { reason: 'stopped', code: 5 });
  assert.equal(polite.log().at(-1), 'bye');
  const stubborn = await instance(context, {
    program: shell('trap "" TERM; echo ready; while :; do sleep 0.05; done'),
    stopGraceSeconds: 0.3,
  });
  assert.deepEqual((await stopWhenReady(stubborn)).exit, { reason: 'stopped', signal: 'SIGKILL' });
  const abandoned = await instance(context, {
    program: shell('trap "" TERM; echo ready; while :; do sleep 0.05; done'),
    stopGraceSeconds: 60,
  });
  assert.deepEqual((await stopWhenReady(abandoned, true)).exit, { reason: 'stopped', signal: 'SIGKILL' });
});

test('a stop before the claim means that nothing runs', async (context) => {
  const job = await instance(context, { program: shell('echo ran') });
  writeFileSync(job.spec.stopFile, '{"abandon":false}');
  assert.equal((await job.run()).exit?.reason, 'stopped');
  assert.deepEqual(job.log(), []);
});

test('children that the program leaves are killed, also in sessions of their own and with its pipes open', async (context) => {
  const job = await instance(context, {
    program: shell('setsid sleep 77 & echo $!; sleep 78 & echo $!; (setsid sleep 79 >/dev/null 2>&1 & echo $!)'),
  });
  const report = await job.run();
  assert.equal(report.exit?.reason, 'completed');
  assert.equal(job.log().length, 3);
  for (const pid of job.log())
    assert.ok(!existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '), pid);
});

test('a program over its memory limit is killed, and told how much it used', async (context) => {
  const job = await instance(context, {
    program: nodeProgram('const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 10)'),
    limits: { vcpus: 1, memoryBytes: 200 * 2 ** 20 },
  });
  const { exit } = await job.run();
  assert.equal(exit?.reason, 'out-of-memory');
  assert.match(
    exit.message ?? '',
    /^The program used [\d.]+ [MG]iB of memory, more than the 200 MiB of its instance type/,
  );
});

test('metrics found in the log are posted, and their last values reported', async (context) => {
  const door = await openS3Door();
  context.after(() => door.close());
  const metric = {
    name: 'loss',
    regex: 'loss=([0-9.]+)',
    namespace: '/aws/sagemaker/TrainingJobs',
    dimensions: { TrainingJobName: 'x' },
  };
  const job = await instance(
    context,
    {
      program: shell('for i in 3 2 1; do echo "loss=$i"; done'),
      metricDefinitions: [metric, { ...metric, name: 'bad', regex: '(' }],
    },
    door.connection,
  );
  const report = await job.run();
  assert.deepEqual(
    report.finalMetrics.map(({ name, value }) => [name, value]),
    [['loss', 1]],
  );
  const [posted] = door.metrics as [{ Namespace: string; MetricData: { Value: number; Dimensions: unknown }[] }];
  assert.equal(posted.Namespace, '/aws/sagemaker/TrainingJobs');
  assert.deepEqual(
    posted.MetricData.map(({ Value }) => Value),
    [3, 2, 1],
  );
  assert.deepEqual(posted.MetricData[0]?.Dimensions, [{ Name: 'TrainingJobName', Value: 'x' }]);
  assert.match(job.log()[0] ?? '', /Metric "bad" is not recorded/);
});

test('inputs come before the program and outputs after it; what cannot be had fails the job with its reason', async (context) => {
  const door = await openS3Door();
  context.after(() => door.close());
  door.objects.set('b/data/a.csv', Buffer.from('1,2\n'));
  const input = {
    name: 'train',
    uri: 's3://b/data/',
    type: 'prefix',
    path: 'input/data/train',
    distribution: 'replicated',
    transform: 'none',
  } as const;
  const output = {
    name: 'model',
    path: 'model',
    uri: 's3://b/out/model.tar.gz',
    archive: 'tar.gz',
    skipEmpty: false,
  } as const;
  const job = await instance(
    context,
    { program: shell('cp input/data/train/a.csv model/'), inputs: [input], outputs: [output] },
    door.connection,
  );
  const report = await job.run();
  assert.deepEqual(
    report.transitions.map(({ phase }) => phase),
    ['preparing', 'downloading', 'running', 'uploading', 'exited'],
  );
  assert.equal(report.exit?.reason, 'completed');
  assert.ok(door.objects.has('b/out/model.tar.gz'));
  const missing = await instance(
    context,
    { program: shell('echo ran'), inputs: [{ ...input, uri: 's3://b/none' }], outputs: [output] },
    door.connection,
  );
  const { exit } = await missing.run();
  assert.equal(exit?.reason, 'data-failed');
  assert.match(exit.message ?? '', /No S3 objects found/);
  const unstored = await instance(
    context,
    { program: shell('exit 0'), outputs: [{ ...output, uri: 's3://no-such-bucket/x' }] },
    door.connection,
  );
  assert.deepEqual((await unstored.run()).exit?.reason, 'data-failed');
  door.objects.clear();
  const failed = await instance(
    context,
    { program: shell('exit 9'), outputs: [output, { ...output, uri: 's3://b/out/output.tar.gz', onFailure: true }] },
    door.connection,
  );
  assert.equal((await failed.run()).exit?.code, 9);
  assert.deepEqual([...door.objects.keys()], ['b/out/output.tar.gz']);
});

test('much output comes through whole and in order, in little memory', async (context) => {
  const lines = 400_000;
  const job = await instance(context, {
    program: nodeProgram(
      `let i = 0; const go = () => { while (i < ${lines}) { let s = ''; for (let k = 0; k < 1000; k++) s += 'line ' + i++ + ' ' + 'x'.repeat(60) + '\\n'; if (!process.stdout.write(s)) return process.stdout.once('drain', go); } }; go()`,
    ),
  });
  const worker = job.start();
  let peak = 0;
  const watch = setInterval(() => {
    const resident = /VmHWM:\s+(\d+)/.exec(
      existsSync(`/proc/${worker.pid}/status`) ? readFileSync(`/proc/${worker.pid}/status`, 'latin1') : '',
    );
    peak = Math.max(peak, Number(resident?.[1] ?? 0));
  }, 20);
  await once(worker, 'close');
  clearInterval(watch);
  const log = job.log();
  assert.equal(log.length, lines);
  assert.ok(log.every((line, index) => line.startsWith(`line ${index} `)));
  assert.ok(peak < 160 * 1024, `peak ${peak} kB`);
});

test(
  'a killed worker takes the program with it',
  { skip: existsSync('/usr/bin/setpriv') ? false : 'needs setpriv' },
  async (context) => {
    const job = await instance(context, { program: shell('echo ready; exec sleep 60'), setpriv: '/usr/bin/setpriv' });
    const worker = job.start();
    const { program } = await reportWhen(job, (report) => report.program !== undefined);
    assert.ok(program !== undefined && isAlive(program));
    worker.kill('SIGKILL');
    await once(worker, 'close');
    for (let waited = 0; isAlive(program); waited += 1) {
      assert.ok(waited < 200, 'the program outlives its worker');
      await sleep(10);
    }
  },
);

test('a service reports where it listens', async (context) => {
  const script =
    "const s = require('http').createServer((q, r) => r.end('pong')).listen(process.env.SAGEMAKER_BIND_TO_PORT ?? process.env.RUNG_SOCKET, () => console.log('ready'))";
  const tcp = await instance(context, { program: nodeProgram(script), mode: 'service', listen: { type: 'tcp' } });
  const closed = once(tcp.start(), 'close');
  const { address } = await reportWhen(tcp, (report) => report.phase === 'running');
  await logSays(tcp, 'ready');
  assert.equal(await (await fetch(`http://${(address ?? '').replace('tcp:', '')}/ping`)).text(), 'pong');
  writeFileSync(tcp.spec.stopFile, '{"abandon":false}');
  process.kill(tcp.report().pid, 'SIGTERM');
  await closed;
  assert.equal(tcp.report().exit?.reason, 'stopped');
});

async function stopWhenReady(job: TestInstance, abandon = false): Promise<InstanceReport> {
  const closed = once(job.start(), 'close');
  await logSays(job, 'ready');
  writeFileSync(job.spec.stopFile, JSON.stringify({ abandon }));
  process.kill((await reportWhen(job, ({ phase }) => phase === 'running')).pid, 'SIGTERM');
  await closed;
  return job.report();
}

async function logSays(job: TestInstance, text: string): Promise<void> {
  for (let waited = 0; !existsSync(job.spec.logFile) || !job.log().includes(text); waited += 1) {
    assert.ok(waited < 500, `the log never said ${text}`);
    await sleep(10);
  }
}

async function reportWhen(job: TestInstance, met: (report: InstanceReport) => boolean): Promise<InstanceReport> {
  for (let waited = 0; ; waited += 1) {
    if (existsSync(job.spec.reportFile) && met(job.report())) return job.report();
    assert.ok(waited < 500, 'the report never said so');
    await sleep(10);
  }
}

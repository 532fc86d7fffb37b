/** Scripts that are wrong, and source archives that are hostile: the right status, a FailureReason a person can act on, and nothing left. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Session, WireError } from '@rung/sdk';
import { packTar, type TarEntry } from 'modern-tar';
import { environmentsDir, processesWith, runScript, scikitLearnImage, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('bad scripts', { concurrency: 3 }, () => {
  let platform: TestPlatform;
  let session: Session;
  before(async () => {
    platform = await startPlatform({ tlsPort: false, environmentsDir, maxConcurrentJobs: 4 });
    session = new Session({ stateDir: platform.description.stateDir });
  });
  after(async () => {
    const workloads = readdirSync(join(platform.description.stateDir, 'workloads'));
    await platform.close();
    assert.deepEqual(
      workloads.filter((name) => !name.startsWith('.')),
      [],
      'workloads are left',
    );
  });

  test("an exit code is kept, and the reason has the toolkit's form", async () => {
    const result = await runScript(session, { files: { 'train.sh': 'echo "what went wrong" >&2; exit 3' } });
    assert.equal(
      result.reason,
      'AlgorithmError: ExecuteUserScriptError:\nExitCode 3\nErrorMessage "what went wrong"\nCommand "/bin/bash train.sh", exit code: 3',
    );
    assert.ok(result.lines.some((line) => line.includes('Reporting training FAILURE')));
  });

  test('a long error is cut at its beginning, and the command is still there', async () => {
    const script = 'for i in $(seq 2000); do echo "line $i of a long error" >&2; done; exit 1';
    const { reason } = await runScript(session, { files: { 'train.sh': script } });
    assert.ok(reason.length <= 1024);
    assert.match(reason, /line 2000 of a long error"\nCommand "\/bin\/bash train\.sh", exit code: 1$/);
  });

  test('a signal that ends the script is told as shells do', async () => {
    const { reason } = await runScript(session, { files: { 'train.sh': 'kill -SEGV $$' } });
    assert.match(reason, /ExitCode 139\n/);
    assert.match(reason, /exit code: 139$/);
  });

  test('a script that is not in the archive', async () => {
    const missing = await createRaw({
      sagemaker_program: 'nowhere.py',
      sagemaker_submit_directory: await upload([file('a.sh', 'true')]),
    });
    assert.match(
      await reasonOf(missing),
      /^AlgorithmError: The entry point "nowhere\.py" does not exist in the source archive\./,
    );
  });

  test('an entry point outside the source folder', async () => {
    const job = await createRaw({
      sagemaker_program: '../../etc/passwd',
      sagemaker_submit_directory: await upload([file('a.sh', 'true')]),
    });
    assert.match(await reasonOf(job), /The entry point "\.\.\/\.\.\/etc\/passwd" is outside the source folder/);
  });

  test('a Python script in the environment of Node', async () => {
    const { reason } = await runScript(session, { files: { 'train.py': 'print(1)' } });
    assert.match(reason, /has no Python. Use the image of a Python framework/);
  });

  test('a program that is no program', async () => {
    const { reason } = await runScript(session, { files: { 'train.bin': 'neither #! nor ELF' } });
    assert.match(reason, /ExitCode 126\nErrorMessage ".*(EACCES|ENOEXEC)/);
  });

  test('a TypeScript script with a syntax error, and one that throws', async () => {
    const syntax = await runScript(session, { files: { 'train.ts': 'const = 1;' } });
    assert.match(syntax.reason, /SyntaxError/);
    const thrown = await runScript(session, { files: { 'train.ts': 'throw new TypeError("told by the script")' } });
    assert.match(thrown.reason, /TypeError: told by the script/);
  });

  test('a package.json that is no JSON', async () => {
    const { reason } = await runScript(session, { files: { 'train.ts': '', 'package.json': '{ "dependencies": ' } });
    assert.match(reason, /^AlgorithmError: InstallRequirementsError: package\.json cannot be read/);
  });

  for (const [what, entries, told] of [
    ['a name that climbs out', [file('../../evil.sh', 'true')], /entry "\.\.\/\.\.\/evil\.sh" leaves the folder/],
    ['an absolute name', [file('/tmp/evil.sh', 'true')], /has an absolute path/],
    ['a link to the outside', [link('escape', '/etc'), file('escape/evil', 'x')], /was refused|escape/],
    ['a device', [{ header: { name: 'dev', size: 0, type: 'character-device' } }], /is a character-device/],
  ] as const) {
    test(`a source archive with ${what}`, async () => {
      const job = await createRaw({
        sagemaker_program: 'a.sh',
        sagemaker_submit_directory: await upload([file('a.sh', 'true'), ...entries]),
      });
      const reason = await reasonOf(job);
      assert.match(reason, /^ClientError: Data download failed: /);
      assert.match(reason, told);
      assert.ok(!existsSync('/tmp/evil.sh') && !existsSync('/etc/evil'));
    });
  }

  test('a source archive that is no archive', async () => {
    const Bucket = await session.defaultBucket();
    await session.s3.call('PutObject', {
      Bucket,
      Key: 'bad/source.tar.gz',
      Body: new TextEncoder().encode('no archive'),
    });
    const job = await createRaw({
      sagemaker_program: 'a.sh',
      sagemaker_submit_directory: `s3://${Bucket}/bad/source.tar.gz`,
    });
    assert.match(await reasonOf(job), /^ClientError: Data download failed: .*source\.tar\.gz was refused/);
  });

  test('refused at Create: no script, no archive, an archive that is not there, an image that has retired', async () => {
    const there = await upload([file('a.sh', 'true')]);
    const refused: [hyperparameters: Record<string, string>, image: string, told: RegExp][] = [
      [{}, 'sagemaker-scikit-learn:1.2-1-cpu-py3', /sagemaker-scikit-learn trains with a script of yours/],
      [{ sagemaker_program: 'a.sh' }, 'rung/node', /sagemaker_submit_directory is missing/],
      [{ sagemaker_program: 'a.sh', sagemaker_submit_directory: `${there}x` }, 'rung/node', /there is no such object/],
      [
        { sagemaker_program: 'a.sh', sagemaker_submit_directory: 'ftp://a/b' },
        'rung/node',
        /must be the s3:\/\/ address/,
      ],
      [
        { sagemaker_program: 'a.py', sagemaker_submit_directory: there },
        'mxnet-training:1.9-cpu-py38',
        /Nearest: pytorch-training/,
      ],
      [
        { sagemaker_program: 'a.py', sagemaker_submit_directory: there },
        'sagemaker-chainer:5.0-cpu-py3',
        /Nearest: pytorch-training/,
      ],
    ];
    for (const [hyperparameters, image, told] of refused) {
      await assert.rejects(
        createRaw(hyperparameters, image),
        (error: unknown) => error instanceof WireError && told.test(error.message),
        String(told),
      );
    }
  });

  test('children that outlive the script are gone with the job', async () => {
    const marker = `children-${process.pid}`;
    const result = await runScript(session, {
      files: { 'train.sh': 'setsid sleep 300 & sleep 300 & disown -a; echo done' },
      environment: { MARK: marker },
    });
    assert.equal(result.status, 'Completed', result.reason);
    assert.deepEqual(processesWith(marker), []);
  });

  test('a flood of log lines comes through whole', async () => {
    const lines = 50_000;
    const result = await runScript(session, {
      files: {
        'train.sh': `seq -f 'line %.0f with some words to make it longer' ${lines}; seq -f 'line %.0f elsewhere' ${lines} >&2`,
      },
      onLine: () => undefined,
    });
    assert.equal(result.status, 'Completed', result.reason);
    assert.ok(
      result.lines.filter((line) => line.startsWith('line ')).length === 2 * lines,
      String(result.lines.length),
    );
  });

  describe('in Python', { skip: skipWithout('scikit-learn'), concurrency: 2 }, () => {
    const python = (script: string, more: Record<string, string> = {}) =>
      runScript(session, { files: { 'train.py': script, ...more }, framework: 'scikit-learn' });

    test('a syntax error and an import error are told with their lines', async () => {
      assert.match((await python('def f(:\n  pass')).reason, /SyntaxError: invalid syntax/);
      assert.match((await python('import no_such_module')).reason, /No module named 'no_such_module'/);
    });

    test('requirements that nobody can read or parse', async () => {
      const { reason } = await python('', { 'requirements.txt': 'this is == not a requirement ==\n' });
      assert.match(reason, /^AlgorithmError: InstallRequirementsError:\nExitCode \d+\n/);
      const binary = await createRaw(
        {
          sagemaker_program: 'a.py',
          sagemaker_submit_directory: await upload([
            file('a.py', ''),
            file('requirements.txt', Buffer.from([0xff, 0xfe, 0x00])),
          ]),
        },
        scikitLearnImage,
      );
      assert.match(await reasonOf(binary), /requirements\.txt cannot be read: .*It must be UTF-8 text/);
    });
  });

  async function createRaw(hyperparameters: Record<string, string>, image = 'rung/node'): Promise<string> {
    counter += 1;
    const TrainingJobName = `raw-${process.pid}-${counter}`;
    await session.sagemaker.call('CreateTrainingJob', {
      TrainingJobName,
      RoleArn: await session.role(),
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      HyperParameters: hyperparameters,
      OutputDataConfig: { S3OutputPath: `s3://${await session.defaultBucket()}/` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
    });
    return TrainingJobName;
  }

  async function reasonOf(TrainingJobName: string): Promise<string> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const job = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName });
      if (job.TrainingJobStatus !== 'InProgress') return job.FailureReason ?? '';
      if (Date.now() > deadline) throw new Error(`${TrainingJobName} does not end: ${job.SecondaryStatus}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function upload(entries: readonly TarEntry[]): Promise<string> {
    counter += 1;
    const Bucket = await session.defaultBucket();
    const Key = `raw/${counter}/sourcedir.tar.gz`;
    await session.s3.call('PutObject', { Bucket, Key, Body: gzipSync(await packTar(entries)) });
    return `s3://${Bucket}/${Key}`;
  }
});

let counter = 0;

function file(name: string, content: string | Buffer): TarEntry {
  const body = Buffer.from(content);
  return { header: { name, size: body.byteLength, type: 'file', mode: 0o644 }, body };
}

function link(name: string, linkname: string): TarEntry {
  return { header: { name, size: 0, type: 'symlink', linkname } };
}

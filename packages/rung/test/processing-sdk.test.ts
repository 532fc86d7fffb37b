/** Processing jobs from the SDK and the command line, against one platform. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  FrameworkProcessor,
  ProcessingFailed,
  type RunEvent,
  Processor,
  ScriptProcessor,
  Session,
  SKLearnProcessor,
  SourceMissing,
} from '@rung/sdk';
import { type ProgramResult, runProgram } from './run-program.ts';
import { environmentsDir, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const bin = join(import.meta.dirname, '../bin/rung.js');
const folder = mkdtempSync(join(tmpdir(), 'r-'));
const data = join(folder, 'data');

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A wheel is a zip archive; these files are small enough to be stored as they are. */
function zipped(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const body = Buffer.from(content);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt32LE(crc32(body), 10);
    facts.writeUInt32LE(body.length, 14);
    facts.writeUInt32LE(body.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, Buffer.from(name), body]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), facts, place, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\u0005\u0006'), end]);
}

describe('processing', { concurrency: 2 }, () => {
  let platform: TestPlatform;
  let session: Session;
  before(async () => {
    platform = await startPlatform({ tlsPort: false, environmentsDir });
    session = new Session({ stateDir: platform.description.stateDir });
    mkdirSync(join(data, 'deep'), { recursive: true });
    writeFileSync(join(data, 'a.csv'), '1\n2\n');
    writeFileSync(join(data, 'deep/b.csv'), '3\n');
  });
  after(async () => {
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rung = (...argv: string[]): Promise<ProgramResult> =>
    runProgram(process.execPath, [bin, ...argv], { RUNG_HOME: platform.description.stateDir });

  test('a program of the machine reads inputs of this machine, and its outputs are downloaded', async () => {
    const events: string[] = [];
    const processor = new Processor({ image: 'rung/host', entrypoint: ['sh', '-ec'], session });
    const job = await processor.run({
      inputs: { rows: data, one: { source: join(data, 'a.csv'), destination: '/opt/ml/processing/single' } },
      outputs: { all: {}, live: { source: '/opt/ml/processing/live', upload: 'continuous' } },
      arguments: [
        'cd $SAGEMAKER_BASE_DIR/processing; cat input/rows/a.csv input/rows/deep/b.csv single/a.csv > output/all/rows.csv; echo x > live/x; echo counted',
      ],
      onEvent: (event) => events.push(event.type === 'status' ? event.status : event.type === 'log' ? event.line : ''),
    });
    for (const each of ['InProgress', 'counted', 'Completed']) assert.ok(events.includes(each), events.join(' '));
    const out = join(folder, 'program-out');
    assert.deepEqual(await job.download('all', out), [join(out, 'rows.csv')]);
    assert.equal(readFileSync(join(out, 'rows.csv'), 'utf8'), '1\n2\n3\n1\n2\n');
    await assert.rejects(job.download('none', out), /has no output "none". Its outputs are: all, live/);
  });

  test('a script fails with what it said, and one that is not there costs no job', async () => {
    const processor = new ScriptProcessor({ image: 'rung/host', session });
    const code = file('broken.sh', 'echo "no label column" >&2; exit 3\n');
    await assert.rejects(processor.run({ code, logs: false }), (error) => {
      assert.ok(error instanceof ProcessingFailed);
      assert.match(error.message, /: Failed\. AlgorithmError: no label column, exit code: 3$/);
      return true;
    });
    assert.ok(processor.job !== undefined);
    await assert.rejects(processor.run({ code: join(folder, 'nowhere.py') }), SourceMissing);
  });

  test('rung run takes a TypeScript program with what lies beside it, and brings the output', async () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(
      join(source, 'sum.ts'),
      'export const sum = (all: number[]): number => all.reduce((a, b) => a + b, 0);',
    );
    writeFileSync(
      join(source, 'count.ts'),
      `import { readFileSync, writeFileSync } from 'node:fs';
       import { join } from 'node:path';
       import { sum } from './sum.ts';
       const base = join(process.env.SAGEMAKER_BASE_DIR ?? '/opt/ml', 'processing');
       const rows = readFileSync(join(base, 'input/data/a.csv'), 'utf8').trim().split('\\n').map(Number);
       writeFileSync(join(base, 'output/result/sum.txt'), String(sum(rows) * Number(process.argv[2])));
       console.log('summed');`,
    );
    const out = join(folder, 'node-out');
    const { code, stdout, stderr } = await rung(
      ...['run', 'count.ts', '--source', source, '--input', `data=${data}`],
      ...['--output', `result=${out}`, '--arg', '10', '--name', 'count'],
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /summed[^]*Processing job count: Completed\./);
    assert.match(stdout, /^Output result: 1 file in /m);
    assert.equal(readFileSync(join(out, 'sum.txt'), 'utf8'), '30');

    assert.match((await rung('ls', 'processing-jobs')).stdout, /processing-job +count +Completed/);
    assert.match((await rung('logs', 'count')).stdout, /^summed$/m);
    assert.match((await rung('describe', 'processing-job/count')).stdout, /ProcessingJobStatus: Completed/);
    assert.match((await rung('rm', 'count')).stdout, /Removed processing-job count/);
  });

  test('rung run says what is wrong without a stack', async () => {
    for (const [argv, reason] of [
      [['run', join(folder, 'nowhere.py')], /nowhere\.py" does not exist/],
      [['run', 'sort', '--requirements', 'r.txt'], /--requirements is for scripts/],
      [['run', file('ok.sh', 'true\n'), '--input', `data=${join(folder, 'nothing')}`], /nothing" cannot be uploaded/],
      [['run', file('exit.sh', 'exit 9\n'), '--quiet'], /Failed\. AlgorithmError: , exit code: 9/],
      [['run', 'example.com/image:1'], /is a container image|container/],
    ] as const) {
      const { code, stderr } = await rung(...argv);
      assert.notEqual(code, 0, argv.join(' '));
      assert.match(stderr, reason);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });

  test('rung stop ends a processing job and keeps what it has made', async () => {
    const loop = file('loop.sh', 'echo early > "$SAGEMAKER_BASE_DIR/processing/output/kept/early"; exec sleep 60\n');
    const processor = new ScriptProcessor({ image: 'rung/host', session });
    const job = await processor.run({ code: loop, outputs: { kept: {} }, jobName: 'loop', wait: false, logs: false });
    while ((await job.describe()).ProcessingStartTime === undefined)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match((await rung('stop', 'loop')).stdout, /Processing job loop: Stopped\./);
    const out = join(folder, 'kept');
    await job.download('kept', out);
    assert.deepEqual(readdirSync(out), ['early']);
  });

  describe('in Python', { skip: skipWithout('scikit-learn') }, () => {
    const script = `
import pandas, sys
rows = pandas.read_csv("/opt/ml/processing/input/rows/a.csv", header=None)
rows.mul(int(sys.argv[1])).to_csv("/opt/ml/processing/output/scaled/rows.csv", header=False, index=False)
`;
    const scaled = async (processor: SKLearnProcessor | FrameworkProcessor, name: string): Promise<string> => {
      const code = file(`${name}.py`, script);
      const job = await processor.run({
        code,
        inputs: { rows: data },
        outputs: { scaled: {} },
        arguments: ['3'],
        logs: false,
      });
      const [path = ''] = await job.download('scaled', join(folder, name));
      return readFileSync(path, 'utf8');
    };

    test('what a script asks for in requirements.txt is there, and not in the environment of the others', async () => {
      const wheel = join(folder, 'shout-1.0-py3-none-any.whl');
      writeFileSync(
        wheel,
        zipped({
          'shout.py': 'def shout(text): return text.upper()',
          'shout-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: shout\nVersion: 1.0\n',
          'shout-1.0.dist-info/WHEEL':
            'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
          'shout-1.0.dist-info/RECORD': '',
        }),
      );
      const requirements = file('wanted.txt', `numpy\n${wheel}\n`);
      const processor = new FrameworkProcessor({ framework: 'scikit-learn', session });
      const told: string[] = [];
      const onEvent = (event: RunEvent): void => void (event.type === 'log' && told.push(event.line));
      await processor.run({
        code: file('shouting.py', 'import shout; print(shout.shout("heard"))'),
        requirements,
        onEvent,
      });
      assert.ok(told.includes('HEARD'), told.join('\n'));
      await assert.rejects(
        processor.run({ code: file('alone.py', 'import shout'), logs: false }),
        /No module named 'shout'/,
      );
    });

    test('SKLearnProcessor and FrameworkProcessor run a script in their environment', async () => {
      const results = await Promise.all([
        scaled(new SKLearnProcessor({ session }), 'sklearn'),
        scaled(new FrameworkProcessor({ framework: 'scikit-learn', session }), 'framework'),
      ]);
      assert.deepEqual(results, ['3\n6\n', '3\n6\n']);
    });
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstanceSpec } from '../instance-spec.ts';
import { type TestInstance, makeInstance } from '../testing/instance.ts';
import { type S3Door, openS3Door } from '../testing/s3-door.ts';

const lookMs = 50;

/** A job with checkpoints at `s3://bucket/job/ckpt`; its program waits for the file `go` unless it is given. */
async function job(
  context: TestContext,
  script = 'while [ ! -e go ]; do sleep 0.02; done',
  more: Partial<InstanceSpec> = {},
  prepare: (door: S3Door) => void = () => undefined,
): Promise<{ door: S3Door; made: TestInstance; write: (name: string, text: string) => void; ended: Promise<unknown> }> {
  const door = await openS3Door();
  context.after(() => door.close());
  prepare(door);
  const made = await makeInstance(
    {
      program: { argv: ['sh', '-c', script] },
      checkpoints: { uri: 's3://bucket/job/ckpt', path: 'checkpoints', lookMs },
      ...more,
    },
    door.connection,
  );
  context.after(() => made.remove());
  const ended = once(made.start(), 'close');
  await until(() => phase(made) === 'running' || phase(made) === 'exited');
  const write = (name: string, text: string): void => {
    const file = join(made.spec.baseDir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  return { door, made, write, ended };
}

function phase(made: TestInstance): string {
  try {
    return made.report().phase;
  } catch {
    return 'none'; // not written yet
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 1000, 'it did not happen in time');
    await sleep(10);
  }
}

test('what is stored is there before the program starts, below the folder and nowhere else', async (context) => {
  const { made, ended } = await job(context, 'cat checkpoints/a checkpoints/deep/b; ls checkpoints', {}, (door) => {
    door.objects.set('bucket/job/ckpt/a', Buffer.from('first\n'));
    door.objects.set('bucket/job/ckpt/deep/b', Buffer.from('second\n'));
    door.objects.set('bucket/job/ckpt-of-another/c', Buffer.from('third\n'));
  });
  await ended;
  assert.deepEqual(made.log(), ['first', 'second', 'a', 'deep']);
});

test('files are stored and deleted while the program runs, and what was fetched is not stored again', async (context) => {
  let puts = 0;
  const { door, made, write, ended } = await job(context, undefined, {}, ({ objects }) =>
    objects.set('bucket/job/ckpt/old', Buffer.from('old')),
  );
  door.disturb = ({ method }) => void (puts += Number(method === 'PUT'));
  write('checkpoints/new', 'new');
  symlinkSync('new', join(made.spec.baseDir, 'checkpoints/latest'));
  symlinkSync('/etc/passwd', join(made.spec.baseDir, 'checkpoints/elsewhere'));
  await until(() => door.objects.has('bucket/job/ckpt/latest'));
  rmSync(join(made.spec.baseDir, 'checkpoints/old'));
  await until(() => !door.objects.has('bucket/job/ckpt/old'));
  write('go', '');
  await ended;
  assert.deepEqual([...door.objects.keys()].toSorted(), ['bucket/job/ckpt/latest', 'bucket/job/ckpt/new']);
  assert.equal(puts, 2);
  assert.deepEqual(made.log(), ['Not stored: elsewhere is no regular file.']);
});

test('a file that grows is stored when it is whole, and one that is renamed into place is never half there', async (context) => {
  const { door, made, write, ended } = await job(context);
  const sizes = new Set<number>();
  door.disturb = ({ method, url, headers }) => {
    if (method === 'PUT' && url?.includes('/big') === true) sizes.add(Number(headers['content-length']));
    return undefined;
  };
  // Changes faster than two looks follow each other.
  for (let step = 1; step <= 20; step += 1) {
    write('checkpoints/big', 'x'.repeat(step * 1000));
    await sleep(lookMs / 5);
  }
  write('checkpoints/model', 'one');
  await until(() => door.objects.get('bucket/job/ckpt/model')?.toString() === 'one');
  write('checkpoints/.model', 'two');
  renameSync(join(made.spec.baseDir, 'checkpoints/.model'), join(made.spec.baseDir, 'checkpoints/model'));
  await until(() => door.objects.get('bucket/job/ckpt/model')?.toString() === 'two');
  write('go', '');
  await ended;
  assert.deepEqual([...sizes], [20_000]);
  assert.deepEqual([...door.objects.keys()].toSorted(), ['bucket/job/ckpt/big', 'bucket/job/ckpt/model']);
});

test('the last state is stored when the program ends, fails, is stopped or interrupted; outputs of an interrupted one are not', async (context) => {
  const outputs: InstanceSpec['outputs'] = [
    { name: 'model', path: 'model', uri: 's3://bucket/model.tar.gz', archive: 'tar.gz', skipEmpty: false },
  ];
  const slow = { checkpoints: { uri: 's3://bucket/job/ckpt/', path: 'checkpoints', lookMs: 60_000 }, outputs };
  const saveOnStop = 'trap "echo saved > checkpoints/state; exit 0" TERM; touch ready; while :; do sleep 0.02; done';
  const cases = [
    { script: 'echo saved > checkpoints/state', reason: 'completed', model: true },
    { script: 'echo saved > checkpoints/state; exit 3', reason: 'program-failed', model: false },
    { script: saveOnStop, order: { abandon: false }, reason: 'stopped', model: true },
    {
      script: saveOnStop,
      order: { abandon: false, interrupt: { graceSeconds: 5 } },
      reason: 'interrupted',
      model: false,
    },
  ];
  await Promise.all(
    cases.map(async ({ script, order, reason, model }) => {
      const { door, made, ended } = await job(context, script, slow);
      if (order !== undefined) {
        await until(() => exists(join(made.spec.baseDir, 'ready')));
        writeFileSync(made.spec.stopFile, JSON.stringify(order));
        process.kill(made.report().pid, 'SIGTERM');
      }
      await ended;
      assert.equal(made.report().exit?.reason, reason);
      assert.equal(door.objects.get('bucket/job/ckpt/state')?.toString(), 'saved\n', reason);
      assert.equal(door.objects.has('bucket/model.tar.gz'), model, reason);
    }),
  );
});

test('an interrupted program that does not listen is killed after the grace of the interruption', async (context) => {
  const { made, ended } = await job(context, 'trap "" TERM; touch ready; while :; do sleep 0.02; done', {
    stopGraceSeconds: 120,
  });
  await until(() => exists(join(made.spec.baseDir, 'ready')));
  writeFileSync(made.spec.stopFile, JSON.stringify({ abandon: false, interrupt: { graceSeconds: 0.2 } }));
  process.kill(made.report().pid, 'SIGTERM');
  await ended;
  assert.deepEqual(made.report().exit, { reason: 'interrupted', signal: 'SIGKILL' });
});

test('a store that is away for a while loses nothing; one that refuses fails the job in the end', async (context) => {
  const away = await job(context);
  away.door.disturb = ({ method }) => (method === 'PUT' ? 503 : undefined);
  away.write('checkpoints/state', 'saved');
  await sleep(4 * lookMs);
  away.door.disturb = undefined;
  away.write('go', '');
  await away.ended;
  assert.equal(away.made.report().exit?.reason, 'completed');
  assert.equal(away.door.objects.get('bucket/job/ckpt/state')?.toString(), 'saved');

  const refused = await job(context);
  refused.door.disturb = ({ method }) => (method === 'PUT' ? 403 : undefined);
  refused.write('checkpoints/state', 'saved');
  refused.write('go', '');
  await refused.ended;
  const { exit } = refused.made.report();
  assert.equal(exit?.reason, 'data-failed');
  assert.match(exit?.message ?? '', /Could not store s3:\/\/bucket\/job\/ckpt\/state/);
});

test('a folder that the program takes away as a whole deletes nothing that is stored', async (context) => {
  const { door, made, write, ended } = await job(context);
  write('checkpoints/state', 'saved');
  await until(() => door.objects.has('bucket/job/ckpt/state'));
  rmSync(join(made.spec.baseDir, 'checkpoints'), { recursive: true });
  await sleep(4 * lookMs);
  write('go', '');
  await ended;
  assert.ok(door.objects.has('bucket/job/ckpt/state'));
});

function exists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Script mode as the program of an instance, with the worker around it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { InstanceSpec } from '../instance-spec.ts';
import { killLeftovers } from '../processes/kill-leftovers.ts';
import { makeInstance, type TestInstance } from '../testing/instance.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

async function scriptInstance(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  hyperparameters: Record<string, string>,
  more: Partial<InstanceSpec> = {},
): Promise<TestInstance> {
  const instance = await makeInstance({
    ...more,
    program: { argv: [process.execPath, main] },
    stopGraceSeconds: 1,
    files: { 'input/config/hyperparameters.json': JSON.stringify(hyperparameters) },
  });
  t.after(() => instance.remove());
  const code = join(instance.spec.baseDir, 'code');
  mkdirSync(code, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(code, name), content);
  return instance;
}

test('without a platform: a script runs from what lies in the code folder', async (t) => {
  const instance = await scriptInstance(
    t,
    { 'train.sh': 'echo "$SM_HOSTS $1 $2"' },
    { epochs: '2', sagemaker_program: '"train.sh"' },
  );
  const { exit } = await instance.run();
  assert.deepEqual(exit, { reason: 'completed', code: 0 });
  assert.ok(instance.log().includes('["algo-1"] --epochs 2'), instance.log().join('\n'));
});

test('a script that ignores SIGTERM, and its children, are killed after the grace period', async (t) => {
  const script = `trap '' TERM; (trap '' TERM; setsid sleep 300 & sleep 300) & echo ready; while :; do sleep 0.1; done`;
  const instance = await scriptInstance(t, { 'train.sh': script }, { sagemaker_program: 'train.sh' });
  const worker = instance.start();
  const ended = once(worker, 'close');
  await line(instance, 'ready');
  writeFileSync(instance.spec.stopFile, JSON.stringify({ abandon: false }));
  const from = performance.now();
  worker.kill('SIGTERM');
  await ended;
  assert.ok(performance.now() - from >= 900, 'the grace period was kept');
  assert.equal(instance.report().exit?.reason, 'stopped');
  assert.equal(await killLeftovers(instance.spec.marker, undefined), 0);
});

test('a script that saves its work at SIGTERM has the time to', async (t) => {
  const script = `trap 'echo saved > "$SM_MODEL_DIR/m"; exit 0' TERM; echo ready; while :; do sleep 0.05; done`;
  const instance = await scriptInstance(t, { 'train.sh': script }, { sagemaker_program: 'train.sh' });
  const worker = instance.start();
  const ended = once(worker, 'close');
  await line(instance, 'ready');
  writeFileSync(instance.spec.stopFile, JSON.stringify({ abandon: false }));
  worker.kill('SIGTERM');
  await ended;
  assert.deepEqual(instance.report().exit, { reason: 'stopped', code: 0 });
  assert.equal(readFileSync(join(instance.spec.baseDir, 'model/m'), 'utf8'), 'saved\n');
});

test('a script that takes more memory than its instance has is ended, and that is said', async (t) => {
  const script = 'const held = []; setInterval(() => held.push(Buffer.alloc(64 << 20, 1)), 5);';
  const limits = { vcpus: 1, memoryBytes: 400 * 2 ** 20 };
  const instance = await scriptInstance(t, { 'train.js': script }, { sagemaker_program: 'train.js' }, { limits });
  const { exit } = await instance.run();
  assert.equal(exit?.reason, 'out-of-memory', JSON.stringify(exit));
  assert.match(exit.message ?? '', /of memory, more than the 400 MiB of its instance type/);
});

test('no script named', async (t) => {
  const instance = await scriptInstance(t, {}, {});
  const { exit } = await instance.run();
  assert.match(exit?.message ?? '', /sagemaker_program is missing/);
});

async function line(instance: TestInstance, text: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      if (instance.log().includes(text)) return;
    } catch {
      // There is no log yet.
    }
    await sleep(25);
  }
  throw new Error(`the log never said "${text}"`);
}

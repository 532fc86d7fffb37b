import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Resource } from '../store/resource.ts';
import type { Claim, ResourceChange } from '../store/store.ts';
import { type TestResources, testResources, until } from '../testing/test-resources.ts';
import {
  type ControllerLoop,
  controlPlaneOwner,
  type ControllerLoopOptions,
  startControllerLoop,
} from './controller-loop.ts';
import type { Controller } from './controller.ts';

type Reconcile = Controller<'model'>['reconcile'];

/** Models stand for resources of any kind: their phase is what the controllers of these tests move. */
async function start(
  t: TestContext,
  resources: TestResources,
  reconcile: Reconcile,
  more: Partial<Controller<'model'>> & { options?: ControllerLoopOptions } = {},
): Promise<ControllerLoop> {
  const { options, ...controller } = more;
  const loop = await startControllerLoop(
    { kind: 'model', reconcile, settled: isDone, ...controller },
    resources,
    options,
  );
  t.after(() => loop.stop(0));
  return loop;
}

function isDone({ phase }: Resource<'model'>): boolean {
  return phase === 'Done';
}

async function insert({ store, clock }: TestResources, name: string, dueInMs = 0): Promise<void> {
  const spec = { ModelName: name, ExecutionRoleArn: 'arn:aws:iam::000000000000:role/test' };
  const arn = `arn:aws:sagemaker:us-east-1:000000000000:model/${name}`;
  const due = new Date(clock.now().getTime() + dueInMs);
  await store.create({ kind: 'model', name, arn, spec, status: {}, phase: 'New', due });
}

async function phaseOf({ store }: TestResources, name: string): Promise<string | undefined> {
  return (await store.get('model', name))?.phase;
}

const finish = async (): Promise<ResourceChange<'model'>> => ({ phase: 'Done', due: null });

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('a created resource is reconciled at once, without a poll', async (t) => {
  const resources = await testResources(t);
  await start(t, resources, finish);
  await insert(resources, 'a');
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('what was due before the loop began is found', async (t) => {
  const resources = await testResources(t);
  await insert(resources, 'a');
  await start(t, resources, finish);
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('a resource that is due later is left until then', async (t) => {
  const resources = await testResources(t);
  let steps = 0;
  await start(t, resources, async () => {
    steps += 1;
    return finish();
  });
  await insert(resources, 'a', 3_000);
  await resources.clock.advance(2_999);
  assert.equal(steps, 0);
  await until('the loop sleeps', () => resources.clock.sleeping > 0);
  await resources.clock.advance(1);
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('no more steps run at once than allowed, and all get their turn', async (t) => {
  const resources = await testResources(t);
  let atOnce = 0;
  let most = 0;
  await start(
    t,
    resources,
    async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      return finish();
    },
    { options: { parallelism: 3 } },
  );
  const names = Array.from({ length: 20 }, (_, index) => `m${index}`);
  for (const name of names) await insert(resources, name);
  for (const name of names) await until(`${name} is done`, async () => (await phaseOf(resources, name)) === 'Done');
  assert.equal(most, 3);
});

test('a step that throws is tried again, later each time', async (t) => {
  const resources = await testResources(t);
  const at: number[] = [];
  const begin = resources.clock.now().getTime();
  await start(t, resources, async () => {
    at.push(resources.clock.now().getTime() - begin);
    if (at.length < 4) throw new Error('the disk is away');
    return finish();
  });
  await insert(resources, 'a');
  for (const [index, wait] of [200, 400, 800].entries()) {
    await until(
      `step ${index + 1} has failed`,
      async () =>
        at.length === index + 1 &&
        (await resources.store.nextDue('model'))?.getTime() === resources.clock.now().getTime() + wait,
    );
    await until('the loop sleeps', () => resources.clock.sleeping > 0);
    await resources.clock.advance(wait);
  }
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
  assert.deepEqual(at, [0, 200, 600, 1400]);
});

test('race: a handler writes during a step; the answer of the step is dropped, told, and the step runs on what the handler wrote', async (t) => {
  const resources = await testResources(t);
  const seen: string[] = [];
  const dropped: string[] = [];
  const inStep = gate();
  const goOn = gate();
  await start(
    t,
    resources,
    async ({ resource }) => {
      seen.push(resource.phase);
      if (seen.length > 1) return finish();
      inStep.open();
      await goOn.opened;
      return { phase: 'Overwritten', due: null };
    },
    { dropped: async ({ resource }) => void dropped.push(resource.phase) },
  );
  await insert(resources, 'a');
  await inStep.opened;
  await resources.store.update('model', 'a', () => ({ phase: 'Asked', due: resources.clock.now() }));
  goOn.open();
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
  assert.deepEqual(seen, ['New', 'Asked']);
  assert.deepEqual(dropped, ['New']);
});

test('race: news that come during a step are not lost, whatever the step answers', async (t) => {
  const resources = await testResources(t);
  let steps = 0;
  const inStep = gate();
  const goOn = gate();
  const loop = await start(t, resources, async () => {
    steps += 1;
    if (steps > 1) return finish();
    inStep.open();
    await goOn.opened;
    return { due: new Date(resources.clock.now().getTime() + 60_000) };
  });
  await insert(resources, 'a');
  await inStep.opened;
  loop.wake('a');
  goOn.open();
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('news about a settled resource, or one that is gone, wake nothing', async (t) => {
  const resources = await testResources(t);
  let steps = 0;
  const loop = await start(t, resources, async () => {
    steps += 1;
    return finish();
  });
  await insert(resources, 'a');
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
  loop.wake('a');
  loop.wake('never-there');
  await insert(resources, 'b');
  await until('b is done', async () => (await phaseOf(resources, 'b')) === 'Done');
  assert.equal(steps, 2);
});

test('a long step keeps its lease by heartbeats', async (t) => {
  const resources = await testResources(t);
  const inStep = gate();
  const goOn = gate();
  await start(
    t,
    resources,
    async () => {
      inStep.open();
      await goOn.opened;
      return finish();
    },
    { options: { leaseMs: 3_000 } },
  );
  await insert(resources, 'a');
  await inStep.opened;
  for (let second = 0; second < 10; second += 1) {
    await until('the heartbeat sleeps', () => resources.clock.sleeping > 0);
    await resources.clock.advance(1_000);
  }
  assert.deepEqual(await resources.store.claim('model', { owner: 'another', leaseMs: 1_000, limit: 1 }), []);
  goOn.open();
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('race: a lease that ran out and was taken by another makes the first answer stale', async (t) => {
  const resources = await testResources(t);
  const inStep = gate();
  const goOn = gate();
  let aborted: AbortSignal | undefined;
  let first: Claim<'model'> | undefined;
  await start(
    t,
    resources,
    async (claim, _resources, signal) => {
      if (first !== undefined) return { due: null };
      first = claim;
      aborted = signal;
      inStep.open();
      await goOn.opened;
      return { phase: 'FromTheFirst', due: null };
    },
    { options: { leaseMs: 3_000 } },
  );
  await insert(resources, 'a');
  await inStep.opened;
  assert.ok(first !== undefined);
  await resources.store.release(first);
  const [second] = await resources.store.claim('model', { owner: 'another', leaseMs: 60_000, limit: 1 });
  assert.ok(second !== undefined);
  await until('the heartbeat sleeps', () => resources.clock.sleeping > 0);
  await resources.clock.advance(1_000);
  await until('the first is told', () => aborted?.aborted === true);
  goOn.open();
  assert.ok((await resources.store.commit(second, { phase: 'FromTheSecond', due: null })) !== undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await phaseOf(resources, 'a'), 'FromTheSecond');
});

test('what a killed control plane held is free again after releaseAll', async (t) => {
  const resources = await testResources(t);
  await insert(resources, 'a');
  await resources.store.claim('model', { owner: controlPlaneOwner, leaseMs: 600_000, limit: 1 });
  assert.equal(await resources.store.releaseAll(controlPlaneOwner), 1);
  await start(t, resources, finish);
  await until('a is done', async () => (await phaseOf(resources, 'a')) === 'Done');
});

test('two loops on one store do each step once', async (t) => {
  const resources = await testResources(t);
  const steps = new Map<string, number>();
  const count: Reconcile = async ({ resource }) => {
    steps.set(resource.name, (steps.get(resource.name) ?? 0) + 1);
    await new Promise((resolve) => setImmediate(resolve));
    return finish();
  };
  await start(t, resources, count, { options: { owner: 'one', parallelism: 2 } });
  await start(t, resources, count, { options: { owner: 'two', parallelism: 2 } });
  const names = Array.from({ length: 30 }, (_, index) => `m${index}`);
  for (const name of names) await insert(resources, name);
  for (const name of names) await until(`${name} is done`, async () => (await phaseOf(resources, name)) === 'Done');
  assert.deepEqual(
    [...steps.values()],
    names.map(() => 1),
  );
});

test('stop waits for the running steps and claims nothing more', async (t) => {
  const resources = await testResources(t);
  const inStep = gate();
  const goOn = gate();
  const loop = await start(t, resources, async () => {
    inStep.open();
    await goOn.opened;
    return finish();
  });
  await insert(resources, 'a');
  await inStep.opened;
  const stopped = loop.stop();
  await insert(resources, 'b');
  goOn.open();
  await stopped;
  assert.equal(await phaseOf(resources, 'a'), 'Done');
  assert.equal(await phaseOf(resources, 'b'), 'New');
});

test('a step that removes its resource answers nothing', async (t) => {
  const resources = await testResources(t);
  await start(t, resources, async ({ resource }, { store }) => {
    await store.remove('model', resource.name);
    return undefined;
  });
  await insert(resources, 'a');
  await until('a is gone', async () => (await phaseOf(resources, 'a')) === undefined);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteppedClock } from './stepped-clock.ts';

test('sleepers wake in the order of their times, each at its own', async () => {
  const clock = new SteppedClock(new Date(0));
  const woken: string[] = [];
  const sleep = (ms: number) => clock.sleep(ms).then(() => woken.push(`${ms}@${clock.now().getTime()}`));
  const all = Promise.all([sleep(30), sleep(10), sleep(20)]);
  assert.equal(clock.sleeping, 3);
  await clock.advance(20);
  assert.deepEqual(woken, ['10@10', '20@20']);
  await clock.advance(10);
  await all;
  assert.equal(clock.now().getTime(), 30);
});

test('a loop that sleeps again within the step is woken again', async () => {
  const clock = new SteppedClock(new Date(0));
  let turns = 0;
  const loop = async () => {
    for (; turns < 5; turns += 1) await clock.sleep(10);
  };
  const done = loop();
  await clock.advance(50);
  await done;
  assert.equal(turns, 5);
});

test('an abort ends a sleep, and no time is waited for after one', async () => {
  const clock = new SteppedClock();
  const abort = new AbortController();
  const asleep = clock.sleep(1_000, abort.signal);
  abort.abort();
  await asleep;
  await clock.sleep(1_000, abort.signal);
  await clock.sleep(0);
  assert.equal(clock.sleeping, 0);
});

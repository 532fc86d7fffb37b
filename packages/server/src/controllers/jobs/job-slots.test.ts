import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobSlots } from './job-slots.ts';

const at = (second: number): Date => new Date(second * 1000);

test('no more jobs run than there are slots', () => {
  const slots = new JobSlots(2);
  assert.equal(slots.tryTake('a', at(1)), true);
  assert.equal(slots.tryTake('b', at(2)), true);
  assert.equal(slots.tryTake('c', at(3)), false);
  assert.equal(slots.tryTake('a', at(1)), true, 'asking again keeps the slot');
});

test('the oldest waiting job is next, whoever asks first', () => {
  const slots = new JobSlots(1);
  slots.tryTake('a', at(1));
  slots.tryTake('c', at(3));
  slots.tryTake('b', at(2));
  slots.leave('a');
  assert.deepEqual(slots.next(), ['b']);
  assert.equal(slots.tryTake('c', at(3)), false);
  assert.equal(slots.tryTake('b', at(2)), true);
  assert.deepEqual(slots.next(), []);
});

test('a job that leaves the queue is not waited for', () => {
  const slots = new JobSlots(1);
  slots.tryTake('a', at(1));
  slots.tryTake('b', at(2));
  slots.leave('b');
  slots.leave('a');
  assert.equal(slots.tryTake('c', at(3)), true);
});

test('jobs that run already count even above the limit', () => {
  const slots = new JobSlots(1);
  slots.occupy('a');
  slots.occupy('b');
  slots.wait('c', at(0));
  slots.leave('a');
  assert.deepEqual(slots.next(), []);
  slots.leave('b');
  assert.deepEqual(slots.next(), ['c']);
});

test('kinds share the slots, and each wakes its own when one becomes free', () => {
  const slots = new JobSlots(1);
  const training = slots.of('training-job');
  const processing = slots.of('processing-job');
  const woken: string[] = [];
  training.wakeNext((name) => woken.push(`train ${name}`));
  processing.wakeNext((name) => woken.push(`process ${name}`));
  assert.equal(training.tryTake('same', at(1)), true);
  assert.equal(processing.tryTake('same', at(2)), false);
  assert.equal(training.tryTake('later', at(3)), false);
  training.leave('same');
  assert.deepEqual(woken, ['process same']);
  assert.equal(processing.tryTake('same', at(2)), true);
  processing.leave('same');
  assert.deepEqual(woken, ['process same', 'train later']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import { HealthProber } from './health-prober.ts';

interface Asked {
  readonly clock: SteppedClock;
  readonly prober: HealthProber;
  /** When /ping was asked, in milliseconds since the start. */
  readonly pings: number[];
  readonly changes: string[];
  well: boolean;
}

function prober(): Asked {
  const clock = new SteppedClock();
  const start = clock.now().getTime();
  const asked: Asked = {
    clock,
    pings: [],
    changes: [],
    well: false,
    prober: new HealthProber(clock, async () => {
      asked.pings.push(clock.now().getTime() - start);
      return asked.well;
    }),
  };
  asked.prober.onChange = (id) => asked.changes.push(id);
  return asked;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a starting instance is asked often at first, and once a second in the end', async () => {
  const asked = prober();
  assert.equal(asked.prober.look('w', 'a', 'unknown'), 'unknown');
  await turn();
  await asked.clock.advance(100);
  assert.ok(asked.pings.length >= 3, `${asked.pings.length} times in the first 100 ms`);
  await asked.clock.advance(10_000);
  const before = asked.pings.length;
  await asked.clock.advance(5000);
  assert.equal(asked.pings.length - before, 5);
  assert.equal(asked.prober.look('w', 'a', 'unknown'), 'unwell');
  assert.deepEqual(asked.changes, []);
  asked.well = true;
  await asked.clock.advance(1000);
  assert.equal(asked.prober.look('w', 'a', 'unknown'), 'healthy');
  assert.deepEqual(asked.changes, ['w']);
  asked.prober.close();
});

test('a healthy instance may be silent for as long as a request takes, and no longer', async () => {
  const asked = prober();
  asked.well = true;
  asked.prober.look('w', 'a', 'healthy');
  await turn();
  asked.well = false;
  await asked.clock.advance(70_000);
  assert.equal(asked.prober.look('w', 'a', 'healthy'), 'healthy');
  await asked.clock.advance(10_000);
  assert.equal(asked.prober.look('w', 'a', 'healthy'), 'failing');
  assert.deepEqual(asked.changes, ['w']);
  asked.prober.close();
});

test('an instance that is forgotten, or that listens elsewhere, is not asked any more', async () => {
  const asked = prober();
  asked.prober.look('w', 'a', 'unknown');
  await turn();
  asked.prober.forget('w');
  const before = asked.pings.length;
  await asked.clock.advance(5000);
  assert.equal(asked.pings.length, before);
});

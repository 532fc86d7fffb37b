/** The process is killed before and after every single call that the controller makes to the store and to the engine. */
import { JobSlots } from '../jobs/job-slots.ts';
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Engine } from '../../engines/engine.ts';
import type { InstanceExit } from '../../engines/workload.ts';
import type { ServerResources } from '../../resources.ts';
import { until } from '../../testing/test-resources.ts';
import { controlPlaneOwner, startControllerLoop } from '../controller-loop.ts';
import { type TrainingFixture, trainingFixture } from './testing/training-fixture.ts';
import { trainingJobsController } from './training-jobs-controller.ts';

type When = 'before' | 'after';

/** A process that dies at its n-th call: nothing that it does afterwards has an effect. */
class MortalProcess {
  dead = false;
  calls = 0;
  diedAt = '';
  readonly #at: number;
  readonly #when: When;

  constructor(at: number, when: When) {
    this.#at = at;
    this.#when = when;
  }

  resources(real: ServerResources): ServerResources {
    const engine = this.#mortal<Engine>(real.engines.default, ['start', 'stop', 'inspect', 'remove', 'list']);
    return {
      ...real,
      store: this.#mortal(real.store, ['claim', 'commit', 'update', 'release', 'renew', 'get', 'list', 'nextDue']),
      engines: { byName: new Map([[engine.name, engine]]), default: engine },
    };
  }

  #mortal<T extends object>(real: T, methods: readonly string[]): T {
    return new Proxy(real, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const bound = value.bind(target) as (...given: unknown[]) => unknown;
        if (typeof name !== 'string' || !methods.includes(name)) return bound;
        return async (...given: unknown[]): Promise<unknown> => {
          const dies = this.#count(name);
          if (this.dead && !(dies && this.#when === 'after')) throw new Error('the process is dead');
          const answer = await bound(...given);
          if (this.dead) throw new Error('the process is dead');
          return answer;
        };
      },
    });
  }

  #count(name: string): boolean {
    if (this.dead) return false;
    this.calls += 1;
    if (this.calls !== this.#at) return false;
    this.dead = true;
    this.diedAt = name;
    return true;
  }
}

/** Programs on this engine do their work and end by themselves, whoever watches; a stop that comes earlier ends them. */
function selfDriven({ engine }: TrainingFixture): void {
  const start = engine.start.bind(engine);
  const isRunning = async (id: string): Promise<boolean> =>
    (await engine.inspect(id))?.instances.every(({ exit }) => exit === undefined) ?? false;
  const end = async (id: string, exit: InstanceExit): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    if (await isRunning(id)) engine.exit(id, exit);
  };
  engine.start = async (workload) => {
    const isNew = engine.workload(workload.id) === undefined;
    await start(workload);
    if (!isNew) return;
    engine.enter(workload.id, 'running');
    void end(workload.id, { reason: 'completed', code: 0 });
  };
  engine.onStop = (id) => void end(id, { reason: 'stopped' });
}

async function diesAndRecovers(
  t: TestContext,
  at: number,
  when: When,
  life: (jobs: TrainingFixture) => Promise<void>,
): Promise<MortalProcess> {
  const jobs = await trainingFixture(t);
  selfDriven(jobs);
  const mortal = new MortalProcess(at, when);
  await jobs.create('churn');
  const first = await startControllerLoop(
    trainingJobsController(new JobSlots(jobs.resources.config.maxConcurrentJobs)),
    mortal.resources(jobs.resources),
  ).catch(() => undefined);
  await life(jobs);
  await until('it dies, or all is done', async () => mortal.dead || (await settled(jobs)));
  await first?.stop(0);
  await jobs.resources.store.releaseAll(controlPlaneOwner);
  await jobs.control();
  await until(`recovered from dying ${when} call ${at} (${mortal.diedAt})`, async () => {
    await jobs.clock.advance(5_000);
    return settled(jobs);
  });
  const { SecondaryStatusTransitions: ladder = [], TrainingJobStatus: status } = await jobs.describe('churn');
  assert.ok(status === 'Completed' || status === 'Stopped');
  assert.equal(ladder.filter(({ Status }) => Status === status).length, 1, 'the end is written once');
  const started = new Set(jobs.engine.calls.filter((call) => call.startsWith('start ')));
  assert.ok(started.size <= 1, `started as ${[...started].join(', ')}`);
  return mortal;
}

/** The job has ended and nothing is left of its workload. */
async function settled(jobs: TrainingFixture): Promise<boolean> {
  const { TrainingJobStatus } = await jobs.describe('churn');
  return ['Completed', 'Stopped'].includes(TrainingJobStatus) && (await jobs.engine.list()).length === 0;
}

const lives: Readonly<Record<string, (jobs: TrainingFixture) => Promise<void>>> = {
  'a job that completes': async () => {},
  'a job that is stopped at the same time': (jobs) => jobs.stop('churn'),
};

for (const [name, life] of Object.entries(lives)) {
  for (const when of ['before', 'after'] as const) {
    test(`${name} survives a kill ${when} every call of the controller`, async (t) => {
      let at = 0;
      let mortal: MortalProcess;
      do {
        at += 1;
        mortal = await diesAndRecovers(t, at, when, life);
      } while (mortal.dead && at < 100);
      assert.ok(at > 5, `only ${at} calls were made`);
    });
  }
}

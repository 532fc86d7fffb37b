/** The process is killed before and after every single call that the controller makes to the store and to the engine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../../testing/test-resources.ts';
import { controlPlaneOwner, startControllerLoop } from '../controller-loop.ts';
import { JobSlots } from '../jobs/job-slots.ts';
import { MortalProcess, type When } from '../jobs/testing/mortal-process.ts';
import { selfDriven } from '../jobs/testing/self-driven.ts';
import { type TrainingFixture, trainingFixture } from './testing/training-fixture.ts';
import { trainingJobsController } from './training-jobs-controller.ts';

async function diesAndRecovers(
  t: TestContext,
  at: number,
  when: When,
  life: (jobs: TrainingFixture) => Promise<void>,
): Promise<MortalProcess> {
  const jobs = await trainingFixture(t);
  selfDriven(jobs.engine);
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

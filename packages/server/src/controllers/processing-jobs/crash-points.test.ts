/** The process is killed before and after every single call that the controller makes to the store and to the engine. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../../testing/test-resources.ts';
import { controlPlaneOwner, startControllerLoop } from '../controller-loop.ts';
import { JobSlots } from '../jobs/job-slots.ts';
import { MortalProcess, type When } from '../jobs/testing/mortal-process.ts';
import { selfDriven } from '../jobs/testing/self-driven.ts';
import { processingJobsController } from './processing-jobs-controller.ts';
import { type ProcessingFixture, processingFixture } from './testing/processing-fixture.ts';

async function diesAndRecovers(t: TestContext, at: number, when: When, stopped: boolean): Promise<MortalProcess> {
  const jobs = await processingFixture(t);
  selfDriven(jobs.engine);
  const mortal = new MortalProcess(at, when);
  await jobs.create('clean');
  const controller = processingJobsController(new JobSlots(2));
  const first = await startControllerLoop(controller, mortal.resources(jobs.resources)).catch(() => undefined);
  // Of a stop and an end at the same moment exactly one is first.
  if (stopped) await jobs.stop('clean').catch(() => undefined);
  await until('it dies, or all is done', async () => mortal.dead || (await settled(jobs)));
  await first?.stop(0);
  await jobs.resources.store.releaseAll(controlPlaneOwner);
  await jobs.control();
  await until(`recovered from dying ${when} call ${at} (${mortal.diedAt})`, async () => {
    await jobs.clock.advance(5_000);
    return settled(jobs);
  });
  const started = new Set(jobs.engine.calls.filter((call) => call.startsWith('start ')));
  assert.ok(started.size <= 1, `started as ${[...started].join(', ')}`);
  return mortal;
}

/** The job has ended and nothing is left of its workload. */
async function settled(jobs: ProcessingFixture): Promise<boolean> {
  const { ProcessingJobStatus } = await jobs.describe('clean');
  return ['Completed', 'Stopped'].includes(ProcessingJobStatus) && (await jobs.engine.list()).length === 0;
}

for (const stopped of [false, true]) {
  for (const when of ['before', 'after'] as const) {
    test(`a job that ${stopped ? 'is stopped' : 'completes'} survives a kill ${when} every call of the controller`, async (t) => {
      let at = 0;
      let mortal: MortalProcess;
      do {
        at += 1;
        mortal = await diesAndRecovers(t, at, when, stopped);
      } while (mortal.dead && at < 100);
      assert.ok(at > 5, `only ${at} calls were made`);
    });
  }
}

/** Instances that are kept for the next job, through the whole platform. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Session } from '@rung/sdk';
import { environmentsDir, runScript, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

describe('a warm pool', () => {
  let platform: TestPlatform;
  let session: Session;
  before(async () => {
    platform = await startPlatform({ tlsPort: false, environmentsDir });
    session = new Session({ stateDir: platform.description.stateDir });
  });
  after(() => platform.close());

  /** Of a job that has just ended, its pool may not be told yet. */
  async function status(name: string) {
    for (let tries = 0; tries < 200; tries += 1) {
      const { WarmPoolStatus } = await session.sagemaker.call('DescribeTrainingJob', { TrainingJobName: name });
      if (WarmPoolStatus !== undefined && WarmPoolStatus.Status !== 'InUse') return WarmPoolStatus;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return undefined;
  }

  async function giveUp(name: string): Promise<void> {
    await session.sagemaker.call('UpdateTrainingJob', {
      TrainingJobName: name,
      ResourceConfig: { KeepAlivePeriodInSeconds: 0 },
    });
  }

  test('keeps what a program put into its cache', async () => {
    const files = { 'train.sh': 'cd "$SAGEMAKER_BASE_DIR/sagemaker/warmpoolcache"; cat note; echo kept >> note' };
    const first = await runScript(session, { files, keepAliveSeconds: 300 });
    assert.equal(first.status, 'Completed', first.reason);
    assert.equal((await status(first.jobName))?.Status, 'Available');
    const second = await runScript(session, { files, keepAliveSeconds: 300 });
    assert.equal(second.lines.filter((line) => line === 'kept').length, 1);
    assert.equal((await status(first.jobName))?.ReusedByJob, second.jobName);
    assert.equal((await status(second.jobName))?.Status, 'Available');
    await giveUp(second.jobName);
  });

  test('keeps what was installed for the very same source', { skip: skipWithout('scikit-learn') }, async () => {
    const job = {
      files: {
        'train.py': 'import mine\nprint("mine", mine.value)',
        'mine.py': 'value = 7',
        'setup.py': 'from setuptools import setup\nsetup(name="mine", version="1", py_modules=["mine"])',
      },
      framework: 'scikit-learn',
      keepAliveSeconds: 300,
    } as const;
    const installs = (lines: readonly string[]): number =>
      lines.filter((line) => line.includes('Installing the source folder')).length;
    const first = await runScript(session, job);
    assert.equal(first.status, 'Completed', first.reason);
    assert.equal((await status(first.jobName))?.Status, 'Available');
    const second = await runScript(session, job);
    assert.ok(second.lines.includes('mine 7'), second.lines.join('\n'));
    assert.deepEqual([installs(first.lines), installs(second.lines)], [1, 0]);
    assert.equal((await status(second.jobName))?.Status, 'Available');
    await giveUp(second.jobName);
  });
});

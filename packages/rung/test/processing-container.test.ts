/** A processing job in a container image of the user's own, while the control plane is killed and comes back. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessingJob, Processor } from '@rung/sdk';
import { readBody } from '@rung/wire';
import { podmanMissing } from '../../server/src/engines/container/testing/podman-service.ts';
import { ContainerPlatform, image } from './container/container-platform.ts';

const missing = podmanMissing();

describe('processing in a container', { skip: missing ?? false }, () => {
  let platform: ContainerPlatform;
  before(async () => {
    platform = await ContainerPlatform.start();
    const { s3 } = platform.session();
    await s3.call('CreateBucket', { Bucket: 'mine' });
    await s3.call('PutObject', { Bucket: 'mine', Key: 'raw/a.csv', Body: Buffer.from('b\na\n') });
  });
  after(() => platform.close());

  test('the job outlives its control plane: it runs once, isolated, and its outputs are stored', async () => {
    const script = [
      'cd /opt/ml',
      'sort processing/input/rows/a.csv > processing/output/sorted/a.csv',
      'echo $PROCESSING_JOB_NAME >> processing/output/sorted/runs',
      'touch processing/ready',
      'until [ -e processing/go ]; do sleep 0.05; done',
      'ls /sys/class/net > processing/output/sorted/network',
      'echo sorted > output/message',
    ].join('; ');
    const processor = new Processor({
      image,
      entrypoint: ['sh', '-ec'],
      networkIsolation: true,
      session: platform.session(),
    });
    await processor.run({
      inputs: { rows: 's3://mine/raw' },
      outputs: { sorted: 's3://mine/out' },
      // An argument has 256 characters at most.
      arguments: ['eval "$0$1"', script.slice(0, 200), script.slice(200)],
      jobName: 'sort',
      wait: false,
      logs: false,
    });
    const folder = join(platform.stateDir, 'containers/workloads/processing-job~sort~1/0/ml/processing');
    for (let look = 0; !existsSync(join(folder, 'ready')); look += 1) {
      assert.ok(look < 400, 'the program does not begin');
      await sleep(50);
    }
    await platform.end('SIGKILL');
    await platform.up();
    writeFileSync(join(folder, 'go'), '');
    const session = platform.session();
    const description = await new ProcessingJob(session, 'sort').wait({ logs: false });
    assert.equal(description.ProcessingJobStatus, 'Completed');
    assert.equal(description.ExitMessage, 'sorted');
    const text = async (key: string): Promise<string> => {
      const { Body = new Uint8Array() } = await session.s3.call('GetObject', { Bucket: 'mine', Key: `out/${key}` });
      return Buffer.from(await readBody(Body)).toString();
    };
    assert.equal(await text('a.csv'), 'a\nb\n');
    assert.equal(await text('runs'), 'sort\n');
    assert.equal(await text('network'), 'lo\n');
    for (let look = 0; (await platform.podman.containers()).length > 0; look += 1) {
      assert.ok(look < 200, 'a container is left');
      await sleep(50);
    }
  });
});

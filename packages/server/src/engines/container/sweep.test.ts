import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { command } from '../testing/engine-bench.ts';
import type { InstancePhase } from '../workload.ts';
import { WorkloadFolders } from '../workers/workload-folders.ts';
import { ContainerEngine } from './container-engine.ts';
import { defaultContainerSettings } from './settings.ts';
import { makeRootArchives } from './testing/make-images.ts';
import { podmanMissing, startPodman } from './testing/podman-service.ts';

test(
  'containers and networks that nobody knows any more are swept, those of others and of running workloads stay',
  { skip: podmanMissing() ?? false },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'rung-sweep-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const podman = await startPodman();
    context.after(() => podman.close());
    const archives = await makeRootArchives();
    await podman.importImage('localhost/shell:1', archives.shell);
    await archives.close();
    const open = (name: string): ContainerEngine => {
      const engine = new ContainerEngine({
        stateDir: join(folder, name),
        connectionFile: join(folder, 'connection.json'),
        logFile: (_, stream) => join(folder, 'logs', encodeURIComponent(stream)),
        settings: { ...defaultContainerSettings, socket: podman.socket },
      });
      context.after(() => engine.close());
      return engine;
    };
    const running = async (engine: ContainerEngine, name: string, instanceCount: number): Promise<void> => {
      const id = `training-job/${name}/1`;
      const program = { type: 'image', image: 'localhost/shell:1', entrypoint: ['sleep', '600'] } as const;
      await engine.start(command('', { id, instanceCount, program }));
      const phases = async (): Promise<(InstancePhase | undefined)[]> =>
        ((await engine.inspect(id))?.instances ?? []).map(({ phase }) => phase);
      for (let waited = 0; !(await phases()).every((phase) => phase === 'running'); waited += 1) {
        assert.ok(waited < 500, `${name} does not start`);
        await sleep(20);
      }
    };
    const [mine, other] = [open('mine'), open('other')];
    await Promise.all([running(mine, 'forgotten', 2), running(mine, 'kept', 1), running(other, 'foreign', 1)]);
    assert.equal((await podman.containers()).length, 4);
    assert.equal((await podman.networks()).length, 1);
    await mine.close();

    // What a crash of the machine does to files that were just written.
    rmSync(new WorkloadFolders(join(folder, 'mine')).folder('training-job/forgotten/1'), { recursive: true });
    const next = open('mine');
    for (let waited = 0; (await podman.containers()).length > 2 || (await podman.networks()).length > 0; waited += 1) {
      assert.ok(waited < 500, (await podman.containers()).join(', '));
      await sleep(20);
    }
    const left = (await podman.containers()).map((name) => name.replace(/^\/?rung-(\w+)-.*/, '$1'));
    assert.deepEqual(left.toSorted(), ['foreign', 'kept']);
    await Promise.all([next.remove('training-job/kept/1'), other.remove('training-job/foreign/1')]);
    assert.deepEqual(await podman.containers(), []);
  },
);

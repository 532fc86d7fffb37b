import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { command, hasEnded } from '../testing/engine-bench.ts';
import type { InstanceExit } from '../workload.ts';
import { ContainerEngine } from './container-engine.ts';
import { defaultContainerSettings } from './settings.ts';
import { makeRootArchives } from './testing/make-images.ts';
import { startRegistry } from './testing/plain-registry.ts';
import { podmanMissing, startPodman } from './testing/podman-service.ts';

test(
  'an image is pulled with the credentials of the usual files, once, and what cannot be pulled says why',
  { skip: podmanMissing() ?? false },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'rung-pull-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const archives = await makeRootArchives();
    const registry = await startRegistry(archives.shell, 'me', 'secret?>');
    await archives.close();
    context.after(() => registry.close());
    const podman = await startPodman(registry.host);
    context.after(() => podman.close());
    const auth = join(folder, 'auth.json');
    const engine = new ContainerEngine({
      stateDir: join(folder, 'state'),
      connectionFile: join(folder, 'connection.json'),
      logFile: (_, stream) => join(folder, 'logs', encodeURIComponent(stream)),
      settings: { ...defaultContainerSettings, socket: podman.socket },
      environment: { REGISTRY_AUTH_FILE: auth },
    });
    context.after(() => engine.close());

    const run = async (name: string): Promise<InstanceExit | undefined> => {
      const workload = command('true', {
        id: `training-job/${name}/1`,
        program: { type: 'image', image: registry.image, entrypoint: ['true'] },
      });
      await engine.start(workload);
      for (let waited = 0; waited < 1000; waited += 1) {
        const state = await engine.inspect(workload.id);
        if (state !== undefined && hasEnded(state)) {
          await engine.remove(workload.id);
          return state.instances[0]?.exit;
        }
        await sleep(20);
      }
      throw new Error(`${name} hangs`);
    };

    const stranger = await run('stranger');
    assert.deepEqual([stranger?.reason, stranger?.code], ['program-failed', 125]);
    assert.match(stranger?.message ?? '', /^ClientError: Cannot pull image .*unauthorized.*podman login/is);
    writeFileSync(
      auth,
      JSON.stringify({ auths: { [registry.host]: { auth: Buffer.from('me:secret?>').toString('base64') } } }),
    );
    assert.deepEqual(await run('known'), { reason: 'completed', code: 0 });
    assert.deepEqual(await run('again'), { reason: 'completed', code: 0 });
    assert.equal(registry.pulls(), 1);
  },
);

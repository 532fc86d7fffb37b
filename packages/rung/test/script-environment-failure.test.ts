/** An environment that cannot be made fails the job that waits for it, and says why in the installer's words. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Session } from '@rung/sdk';
import { environmentsDir, runScript, skipWithout } from './script-jobs.ts';
import { startPlatform } from './start-platform.ts';

test('a job whose environment cannot be made', { skip: skipWithout('scikit-learn') }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'noenv-'));
  mkdirSync(join(folder, 'cache'));
  if (existsSync(join(environmentsDir, '.tools'))) symlinkSync(join(environmentsDir, '.tools'), join(folder, '.tools'));
  // As on a machine that reaches no registry, and has nothing cached.
  const offline = { UV_OFFLINE: '1', UV_CACHE_DIR: join(folder, 'cache'), PIP_NO_INDEX: '1' };
  const before = new Map(Object.keys(offline).map((name) => [name, process.env[name]]));
  Object.assign(process.env, offline);
  t.after(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const platform = await startPlatform({ tlsPort: false, environmentsDir: folder });
  t.after(() => platform.close());
  const session = new Session({ stateDir: platform.description.stateDir });
  const result = await runScript(session, { files: { 'train.py': 'print(1)' }, framework: 'scikit-learn' });
  assert.equal(result.status, 'Failed');
  assert.match(result.reason, /^InternalServerError: Environment scikit-learn could not be made: /);
  assert.match(result.reason, /offline|network|disabled|not found/i);
  assert.ok(result.reason.length <= 1024);
  assert.ok(
    result.lines.some((line) => line.startsWith('Preparing environment scikit-learn: ')),
    result.lines.join('\n'),
  );
});

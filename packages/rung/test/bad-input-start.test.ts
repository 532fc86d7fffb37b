/** Starts that cannot work: a paragraph that says why and what to do, a code that is not 0, no stack, and nothing left half made. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ProgramResult, runProgram } from './run-program.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
let platform: TestPlatform;
before(async () => (platform = await startPlatform({ tlsPort: false })));
after(async () => {
  await platform.close();
  rmSync(folder, { recursive: true, force: true });
});

function rung(...argv: string[]): Promise<ProgramResult> {
  return runProgram(process.execPath, [join(import.meta.dirname, '../bin/rung.js'), ...argv], {});
}

/** One paragraph for a person. */
function assertRefused({ code, stdout, stderr }: ProgramResult, ...said: RegExp[]): void {
  assert.notEqual(code, 0, stdout);
  assert.notEqual(code, null, stderr);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /\n\s+at |Error:|node:/, stderr);
  assert.match(stderr, /^rung: /);
  for (const words of said) assert.match(stderr, words);
}

for (const detach of [[], ['--detach']]) {
  const how = detach.length === 0 ? 'in the foreground' : 'in the background';

  test(`a second platform on a state folder that is in use is refused ${how}, and the first serves on`, async () => {
    const { stateDir, endpoint } = platform.description;
    assertRefused(
      await rung('up', '--state-dir', stateDir, '--port', '0', ...detach),
      /works on the state folder/,
      /rung down/,
      /--state-dir/,
    );
    assert.equal((await fetch(endpoint)).ok, true);
  });

  test(`a port that is taken is named ${how}, with how to choose another`, async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    // A server that listens has an address of that form.
    const port = String((taken.address() as AddressInfo).port);
    try {
      const stateDir = join(folder, `port${detach.length}`);
      assertRefused(
        await rung('up', '--state-dir', stateDir, '--port', port, ...detach),
        new RegExp(`\\b${port}\\b`),
        /--port/,
      );
      assertRefused(
        await rung('up', '--state-dir', stateDir, '--port', '0', '--tls-port', port, ...detach),
        new RegExp(`\\b${port}\\b`),
        /--tls-port/,
      );
    } finally {
      taken.close();
    }
  });
}

test('a folder that cannot be made or written is named', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, 'not a folder');
  assertRefused(await rung('up', '--state-dir', file, '--port', '0'), /a-file/);
  assertRefused(await rung('up', '--state-dir', join(file, 'below'), '--port', '0'), /a-file/);
});

test('a state folder whose database is damaged is named and left as it is', async () => {
  const stateDir = join(folder, 'damaged');
  mkdirSync(stateDir);
  const junk = 'this is no database, but it may be all that somebody has left of one. '.repeat(100);
  writeFileSync(join(stateDir, 'rung.db'), junk);
  assertRefused(await rung('up', '--state-dir', stateDir, '--port', '0'), /rung\.db|damaged/);
  assert.equal(readFileSync(join(stateDir, 'rung.db'), 'utf8'), junk);
});

test('a configuration with mistakes names all of them at once', async () => {
  const file = join(folder, 'rung.yaml');
  writeFileSync(file, 'prot: 7070\nregion: nowhere\nmaxConcurrentJobs: 0\n');
  assertRefused(
    await rung('up', '--config', file, '--state-dir', join(folder, 'never')),
    /unknown key "prot".*did you mean "port"/,
    /region is "nowhere"/,
    /maxConcurrentJobs is 0/,
  );
  writeFileSync(file, 'port: [7070\n');
  assertRefused(await rung('up', '--config', file), /rung\.yaml/);
  assertRefused(await rung('up', '--config', join(folder, 'missing.yaml')), /missing\.yaml/);
  assertRefused(await rung('up', '--state-dir', join(folder, 'never'), '--port', '70700'), /port is 70700/);
});

test('commands that need a platform say that there is none, and how to start one', async () => {
  const nowhere = ['--state-dir', join(folder, 'nowhere')];
  assertRefused(await rung('ls', 'jobs', ...nowhere), /rung up/);
  assertRefused(await rung('describe', 'x', ...nowhere), /rung up/);
  assertRefused(await rung('logs', 'x', ...nowhere), /rung up/);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, parseConfig } from './config.ts';

test('an empty configuration is complete and loopback only', () => {
  const config = parseConfig({}, 'the options', { RUNG_HOME: '/srv/rung' });
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 7070);
  assert.equal(config.stateDir, '/srv/rung');
});

test('an unknown key names the nearest known one', () => {
  assert.throws(
    () => parseConfig({ prot: 7070 }, 'rung.yaml'),
    /rung\.yaml cannot be used:\n {2}- unknown key "prot"; did you mean "port"\?/,
  );
});

test('every problem is told at once, with what each key accepts', () => {
  assert.throws(
    () => parseConfig({ port: 'seven', account: 123, xyz: 1 }, 'rung.yaml'),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems, [
        'unknown key "xyz"; the keys are stateDir, environmentsDir, host, port, tlsPort, region, account, strict, maxConcurrentJobs, engine, container, objects, spot, logLevel',
        'port is "seven", but must be a port from 0 to 65535 (0: any free one)',
        'account is 123, but must be twelve digits in quotes',
      ]);
      return true;
    },
  );
});

test('a configuration that is no mapping is refused', () => {
  assert.throws(() => parseConfig([], 'rung.yaml'), ConfigError);
  assert.throws(() => parseConfig(null, 'rung.yaml'), ConfigError);
});

test('how containers are run is one key, complete and checked', () => {
  assert.deepEqual(parseConfig({}, 'nothing').container, { init: true, pidsLimit: 16_384 });
  assert.deepEqual(parseConfig({ container: { socket: '/run/x.sock', pidsLimit: 7 } }, 'a file').container, {
    init: true,
    pidsLimit: 7,
    socket: '/run/x.sock',
  });
  for (const container of [
    { sockets: '/x' },
    { init: 'yes' },
    { pidsLimit: 0 },
    'docker',
    { socket: 'tcp://far:2375' },
  ])
    assert.throws(() => parseConfig({ container }, 'a file'), /container is .* but must be false, or keys socket/);
  assert.throws(() => parseConfig({ engine: 'container', container: false }, 'a file'), /leave one of them out/);
  assert.throws(() => parseConfig({ engine: 'docker' }, 'a file'), /must be one of process, container/);
});

test('docs/configuration.md has a row for every key, and for no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = '']) => key);
  assert.deepEqual(rows.sort(), Object.keys(parseConfig({}, 'the options')).sort());
});

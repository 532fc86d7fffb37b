import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findCredentials, registryOf } from './registry-credentials.ts';

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rung-auth-'));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

const login = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

test('the registry of an image is told by what looks like a host', () => {
  const registries = {
    busybox: 'docker.io',
    'library/busybox:1': 'docker.io',
    'localhost/mine': 'localhost',
    'registry:5000/a/b': 'registry:5000',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/x:1': '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  };
  for (const [image, registry] of Object.entries(registries)) assert.equal(registryOf(image), registry, image);
});

test('the first file that knows the registry wins, the most special entry in it first', async (context) => {
  const [first, second] = ['auth.json', 'config.json'].map((name) => join(folder(context), name));
  assert.ok(first !== undefined && second !== undefined);
  writeFileSync(first, JSON.stringify({ auths: { 'quay.io': login('a:b'), 'quay.io/team': login('team:pass:word') } }));
  writeFileSync(
    second,
    JSON.stringify({
      auths: {
        'quay.io': login('never:read'),
        'https://index.docker.io/v1/': { ...login('u:p'), identitytoken: 'tok' },
      },
    }),
  );
  const files = [join(tmpdir(), 'rung-no-such-file'), first, second];
  assert.deepEqual(await findCredentials('quay.io/team/image:1', files), {
    username: 'team',
    password: 'pass:word',
    serveraddress: 'quay.io/team',
  });
  assert.deepEqual(await findCredentials('quay.io/other/image@sha256:12', files), {
    username: 'a',
    password: 'b',
    serveraddress: 'quay.io',
  });
  assert.deepEqual(await findCredentials('busybox', files), {
    identitytoken: 'tok',
    serveraddress: 'https://index.docker.io/v1/',
  });
  assert.equal(await findCredentials('ghcr.io/x/y', files), undefined);
});

test('a credential helper is asked, and one that is not installed is told', async (context) => {
  const place = folder(context);
  const file = join(place, 'config.json');
  const helper = join(place, 'docker-credential-rungtest');
  writeFileSync(helper, '#!/bin/sh\nread key\necho "{\\"Username\\":\\"$1\\",\\"Secret\\":\\"for $key\\"}"\n');
  chmodSync(helper, 0o755);
  writeFileSync(file, JSON.stringify({ credHelpers: { 'ghcr.io': 'rungtest', 'quay.io': 'rung-not-there' } }));
  const path = process.env['PATH'];
  process.env['PATH'] = `${place}:${path}`;
  context.after(() => (process.env['PATH'] = path));
  assert.deepEqual(await findCredentials('ghcr.io/x/y:2', [file]), {
    username: 'get',
    password: 'for ghcr.io',
    serveraddress: 'ghcr.io',
  });
  await assert.rejects(
    findCredentials('quay.io/x', [file]),
    /names the credential helper docker-credential-rung-not-there/,
  );
});

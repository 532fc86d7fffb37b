import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NoConnection, resolveConnection } from './connection.ts';

const keys = { accessKeyId: 'AKIALOCAL', secretAccessKey: 'local-secret' };
const local = { endpoint: 'http://127.0.0.1:7070', region: 'eu-west-1', ...keys };

function withPlatform(check: (stateDir: string) => void): void {
  const stateDir = mkdtempSync(join(tmpdir(), 's-'));
  try {
    writeFileSync(join(stateDir, 'connection.json'), JSON.stringify(local));
    check(stateDir);
  } finally {
    rmSync(stateDir, { recursive: true });
  }
}

test('without anything given, the platform of this user answers', () => {
  withPlatform((stateDir) => {
    const connection = resolveConnection({}, { RUNG_HOME: stateDir });
    assert.deepEqual(connection, { endpoint: local.endpoint, region: local.region, credentials: keys });
  });
});

test('the environment wins over the platform of this user, and what the caller gives over both', () => {
  withPlatform((stateDir) => {
    const environment = {
      RUNG_HOME: stateDir,
      AWS_ENDPOINT_URL: 'http://elsewhere',
      AWS_REGION: 'us-west-2',
      AWS_ACCESS_KEY_ID: 'AKIAENV',
      AWS_SECRET_ACCESS_KEY: 'env-secret',
      AWS_SESSION_TOKEN: 'token',
    };
    assert.deepEqual(resolveConnection({}, environment), {
      endpoint: 'http://elsewhere',
      region: 'us-west-2',
      credentials: { accessKeyId: 'AKIAENV', secretAccessKey: 'env-secret', sessionToken: 'token' },
    });
    assert.equal(resolveConnection({ endpoint: 'http://mine' }, environment).endpoint, 'http://mine');
    assert.equal(resolveConnection({ stateDir }, environment).endpoint, local.endpoint);
  });
});

test('keys without an endpoint mean AWS itself', () => {
  const connection = resolveConnection(
    {},
    {
      RUNG_HOME: '/nowhere',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAENV',
      AWS_SECRET_ACCESS_KEY: 'env-secret',
    },
  );
  assert.equal('endpoint' in connection, false);
});

test('keys of AWS are not sent to the platform of this user, nor its keys to AWS', () => {
  withPlatform((stateDir) => {
    const environment = {
      RUNG_HOME: stateDir,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIAENV',
      AWS_SECRET_ACCESS_KEY: 'env-secret',
    };
    assert.equal('endpoint' in resolveConnection({}, environment), false);
  });
});

test('no platform and no keys: the error says how to get one', () => {
  assert.throws(
    () => resolveConnection({}, { RUNG_HOME: '/nowhere' }),
    (error) => error instanceof NoConnection && /rung up --detach/.test(error.message),
  );
  assert.throws(() => resolveConnection({ stateDir: '/nowhere' }), NoConnection);
});

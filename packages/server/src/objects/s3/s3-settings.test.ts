import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../config.ts';
import { openObjectStore } from '../open-object-store.ts';
import { parseObjectsSettings } from './s3-settings.ts';

test('what another S3 needs is read, with its defaults', () => {
  assert.deepEqual(parseObjectsSettings({ type: 'files' }), { type: 'files' });
  assert.deepEqual(parseObjectsSettings({ type: 's3' }), { type: 's3', bucketPrefix: '', forcePathStyle: false });
  const all = {
    type: 's3',
    endpoint: 'http://minio:9000',
    region: 'eu-west-1',
    bucketPrefix: 'rung-',
    forcePathStyle: true,
    credentials: { accessKeyIdFrom: 'A', secretAccessKeyFrom: 'B' },
  };
  assert.deepEqual(parseObjectsSettings(all), all);
});

test('everything else is refused, and the error says what is accepted', () => {
  for (const wrong of [
    's3',
    {},
    { type: 'gcs' },
    { type: 'files', endpoint: 'http://x' },
    { type: 's3', endpoint: 'minio:9000' },
    { type: 's3', secretAccessKey: 'in the file' },
    { type: 's3', credentials: { accessKeyIdFrom: 'A' } },
  ])
    assert.equal(parseObjectsSettings(wrong), undefined, JSON.stringify(wrong));
  assert.throws(
    () => parseConfig({ objects: { type: 'gcs' } }, 'rung.yaml'),
    /objects is .* but must be type: files, or/,
  );
});

test('keys that are not in the environment are missed at the start, by name', async () => {
  const config = parseConfig(
    { objects: { type: 's3', credentials: { accessKeyIdFrom: 'NO_SUCH_KEY', secretAccessKeyFrom: 'NO_SUCH_SECRET' } } },
    'rung.yaml',
  );
  await assert.rejects(openObjectStore(config), /environment variables NO_SUCH_KEY and NO_SUCH_SECRET: set both/);
});

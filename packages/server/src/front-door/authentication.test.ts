import { Sha256 } from '@aws-crypto/sha256-js';
import { createChunkSigner, createSigningKeys, formatScope, presignUrl, signRequest } from '@rung/wire';
import { SignatureV4 } from '@smithy/signature-v4';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { SteppedClock } from '../testing/stepped-clock.ts';
import type { Service } from '../services/service.ts';
import { stsService } from '../services/sts/index.ts';
import { memoryS3 } from './testing/memory-s3.ts';
import { openFrontDoor, type OpenedFrontDoor } from './testing/open-front-door.ts';
import { answerOf, sagemakerCall, signedFetch, type SignedFetch } from './testing/signed-fetch.ts';

const sagemaker: Service = { name: 'sagemaker', handlers: { ListModels: () => ({ Models: [] }) } };
const calls: Record<'json' | 's3' | 'query', SignedFetch> = {
  json: sagemakerCall('ListModels'),
  s3: { service: 's3', method: 'GET' },
  query: {
    service: 'sts',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  },
};
const dialects = ['json', 's3', 'query'] as const;

function open(t: Parameters<typeof openFrontDoor>[0], clock?: SteppedClock): Promise<OpenedFrontDoor> {
  return openFrontDoor(t, {
    services: (keys) => [sagemaker, memoryS3(), stsService({ keys })],
    ...(clock === undefined ? {} : { clock }),
  });
}

test('a signed request is served, and every answer has a request id', async (t) => {
  const door = await open(t);
  for (const dialect of dialects) {
    const answer = await signedFetch(door, calls[dialect]);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
  }
});

test('each way to fail has the code that AWS gives it in each family of services', async (t) => {
  const door = await open(t);
  const stranger = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' };
  const wrong = { ...door.key, secretAccessKey: 'wrong' };
  const early = new Date(Date.now() - 20 * 60_000);
  const late = new Date(Date.now() + 20 * 60_000);
  const failures: [string, Partial<SignedFetch>, Record<(typeof dialects)[number], [string, number]>][] = [
    [
      'unknown key',
      { credentials: stranger },
      {
        json: ['UnrecognizedClientException', 400],
        s3: ['InvalidAccessKeyId', 403],
        query: ['InvalidClientTokenId', 403],
      },
    ],
    [
      'wrong secret',
      { credentials: wrong },
      {
        json: ['InvalidSignatureException', 403],
        s3: ['SignatureDoesNotMatch', 403],
        query: ['SignatureDoesNotMatch', 403],
      },
    ],
    [
      'clock behind',
      { date: early },
      { json: ['RequestExpired', 400], s3: ['RequestTimeTooSkewed', 403], query: ['RequestExpired', 400] },
    ],
    [
      'clock ahead',
      { date: late },
      { json: ['RequestExpired', 400], s3: ['RequestTimeTooSkewed', 403], query: ['RequestExpired', 400] },
    ],
    [
      'strange token',
      { credentials: { ...door.key, sessionToken: 'a.b' } },
      { json: ['UnrecognizedClientException', 400], s3: ['InvalidToken', 403], query: ['InvalidClientTokenId', 403] },
    ],
    [
      'no signature',
      { alter: ({ headers }) => delete headers['authorization'] },
      { json: ['MissingAuthenticationTokenException', 403], s3: ['', 200], query: ['MissingAuthenticationToken', 403] },
    ],
    [
      'half a signature',
      { alter: ({ headers }) => (headers['authorization'] = 'AWS4-HMAC-SHA256 Credential=x') },
      {
        json: ['IncompleteSignatureException', 400],
        s3: ['AuthorizationHeaderMalformed', 400],
        query: ['IncompleteSignature', 400],
      },
    ],
    [
      'slipped-in header',
      { alter: ({ headers }) => (headers['x-amz-acl'] = 'public') },
      { json: ['InvalidSignatureException', 403], s3: ['AccessDenied', 403], query: ['SignatureDoesNotMatch', 403] },
    ],
  ];
  for (const [name, spoiled, expected] of failures) {
    for (const dialect of dialects) {
      const answer = await signedFetch(door, { ...calls[dialect], ...spoiled });
      const [code, status] = expected[dialect];
      assert.equal(answer.code ?? '', code, `${name}, ${dialect}: ${answer.text}`);
      if (name !== 'strange token') assert.equal(answer.status, status, `${name}, ${dialect}: ${answer.text}`);
    }
  }
  assert.ok(!JSON.stringify(door.log).includes(door.key.secretAccessKey), 'no secret is logged');
});

test('the message of a wrong clock says both times', async (t) => {
  const clock = new SteppedClock(new Date('2026-11-23T10:00:00Z'));
  const door = await open(t, clock);
  const { text } = await signedFetch(door, { ...calls.json, date: new Date('2026-11-23T09:00:00Z') });
  assert.match(text, /signed at 20261123T090000Z, the server's clock says 20261123T100000Z/);
});

test('a changed body is refused, whether its hash was stated or not', async (t) => {
  const door = await open(t);
  const alter: SignedFetch['alter'] = (sent) => (sent.body = '{"MaxResults":1}');
  const stated = await signedFetch(door, { ...calls.json, alter });
  assert.equal(stated.code, 'InvalidSignatureException');
  const s3 = await signedFetch(door, {
    service: 's3',
    method: 'PUT',
    path: '/b/k',
    body: 'abc',
    alter: (sent) => (sent.body = 'abd'),
  });
  assert.equal(s3.code, 'XAmzContentSHA256Mismatch');
  // boto3 states no hash to SageMaker: the signature itself covers the body.
  const url = new URL(door.url);
  const signer = new SignatureV4({
    credentials: door.key,
    region: 'us-east-1',
    service: 'sagemaker',
    sha256: Sha256,
    applyChecksum: false,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: url.hostname,
    port: door.http.port,
    path: '/',
    headers: { ...calls.json.headers, host: url.host },
    body: '{}',
  });
  assert.equal(headers['x-amz-content-sha256'], undefined);
  assert.equal((await fetch(url, { method: 'POST', headers, body: '{}' })).status, 200);
  const unstated = await answerOf(await fetch(url, { method: 'POST', headers, body: '{"MaxResults":1}' }));
  assert.equal(unstated.code, 'InvalidSignatureException');
});

test('presigned URLs work until they end, and only as they were made', async (t) => {
  const clock = new SteppedClock(new Date('2026-11-23T10:00:00Z'));
  const door = await open(t, clock);
  const presign = (method: string): URL =>
    presignUrl({ method, url: new URL('/bucket/a%20key', door.url), headers: {} }, door.key, {
      region: 'us-east-1',
      service: 's3',
      date: clock.now(),
      expiresIn: 60,
    });
  const put = presign('PUT');
  const get = presign('GET');
  assert.equal((await fetch(put, { method: 'PUT', body: 'content' })).status, 200);
  assert.equal(await (await fetch(get)).text(), 'content');
  assert.equal((await answerOf(await fetch(get, { method: 'PUT', body: 'x' }))).code, 'SignatureDoesNotMatch');
  assert.equal((await answerOf(await fetch(String(get).replace('a%20key', 'another')))).code, 'SignatureDoesNotMatch');
  assert.equal(
    (await answerOf(await fetch(String(get).replace('Expires=60', 'Expires=600')))).code,
    'SignatureDoesNotMatch',
  );
  assert.equal(
    (await answerOf(await fetch(String(get).replace('Expires=60', 'Expires=999999')))).code,
    'AuthorizationQueryParametersError',
  );
  await clock.advance(61_000);
  const expired = await answerOf(await fetch(get));
  assert.deepEqual([expired.code, expired.status], ['AccessDenied', 403]);
  assert.match(expired.text, /Request has expired/);
});

test('temporary credentials work with their token only', async (t) => {
  const clock = new SteppedClock(new Date());
  const door = await open(t, clock);
  const issued = door.keys.issueSession({
    parent: door.key.accessKeyId,
    arn: 'arn:aws:sts::1:assumed-role/R/s',
    userId: 'u:s',
    durationSeconds: 900,
  });
  assert.match((await signedFetch(door, { ...calls.query, credentials: issued })).text, /assumed-role\/R\/s/);
  const { sessionToken: _token, ...tokenless } = issued;
  assert.equal((await signedFetch(door, { ...calls.query, credentials: tokenless })).code, 'InvalidClientTokenId');
});

test('a session that has ended is told apart from one that never was', async (t) => {
  const door = await open(t);
  const ended = door.keys.issueSession({ parent: door.key.accessKeyId, arn: 'a', userId: 'u', durationSeconds: -1 });
  for (const [dialect, code] of [
    ['json', 'ExpiredTokenException'],
    ['s3', 'ExpiredToken'],
    ['query', 'ExpiredToken'],
  ] as const) {
    assert.equal((await signedFetch(door, { ...calls[dialect], credentials: ended })).code, code);
  }
});

test('signed chunks are put together; a chunk that was changed is refused', async (t) => {
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [s3] });
  const content = Buffer.alloc(100_000, 'abc');
  const trailer = `x-amz-checksum-crc32:AAAAAA==`;
  for (const spoil of [false, true]) {
    const answer = await signedFetch(door, {
      service: 's3',
      method: 'PUT',
      path: '/bucket/chunked',
      payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '100000',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      alter(sent) {
        const [, date = '', signature = ''] =
          /Credential=[^/]+\/(\d+)\/.*Signature=(\w+)/.exec(sent.headers['authorization'] ?? '') ?? [];
        const scope = { date, region: 'us-east-1', service: 's3' };
        const key = createSigningKeys().get(door.key.secretAccessKey, scope);
        const signer = createChunkSigner({
          key,
          timestamp: sent.headers['x-amz-date'] ?? '',
          scope: formatScope(scope),
          signature,
        });
        const parts = [content.subarray(0, 65_536), content.subarray(65_536), Buffer.alloc(0)].map((chunk, index) => {
          const head = `${chunk.length.toString(16)};chunk-signature=${signer.chunk(hash('sha256', chunk, 'hex'))}\r\n`;
          const sentChunk = spoil && index === 1 ? Buffer.alloc(chunk.length, 'x') : chunk;
          return Buffer.concat([Buffer.from(head), sentChunk, Buffer.from(chunk.length > 0 ? '\r\n' : '')]);
        });
        const end = `${trailer}\r\nx-amz-trailer-signature:${signer.trailer(`${trailer}\n`)}\r\n\r\n`;
        sent.body = Buffer.concat([...parts, Buffer.from(end)]);
      },
    });
    assert.equal(answer.code, spoil ? 'XAmzContentSHA256Mismatch' : undefined, answer.text);
  }
  assert.deepEqual(s3.objects.get('bucket/chunked'), {
    body: content,
    trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
  });
});

test('a bucket may stand before the host', async (t) => {
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [s3] });
  for (const host of ['my.bucket.localhost', 'my.bucket.s3.localhost', 'my.bucket.s3.us-east-1.localhost']) {
    s3.objects.clear();
    const url = new URL(`http://${host}:${door.http.port}/key`);
    const headers = signRequest({ method: 'PUT', url, headers: {}, body: 'x' }, door.key, {
      region: 'us-east-1',
      service: 's3',
    });
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: door.http.port,
          path: '/key',
          method: 'PUT',
          headers: { ...headers, host: url.host },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on('error', reject).end('x');
    });
    assert.equal(status, 200);
    assert.deepEqual([...s3.objects.keys()], ['my.bucket/key']);
  }
});

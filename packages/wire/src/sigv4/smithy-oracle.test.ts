import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { readAuthorization } from './authorization.ts';
import { presignUrl } from './presign-url.ts';
import { signRequest } from './sign-request.ts';
import { createSigningKeys } from './signing-key.ts';
import { uriEncode } from './uri-encode.ts';
import { verifySignature } from './verify-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const date = new Date('2026-11-23T04:05:06Z');
const region = 'eu-west-3';

// URL parsers fold segments of dots before anyone signs, so no client can send them.
const segment = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => !/^(\.|%2e)+$/i.test(text) && text !== '');
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  service: fc.constantFrom('s3', 'sagemaker', 'monitoring'),
  segments: fc.array(segment, { maxLength: 4 }),
  query: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(fc.stringMatching(/^x-amz-meta-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), {
    maxKeys: 3,
  }),
  body: fc.uint8Array({ maxLength: 64 }),
  sessionToken: fc.option(fc.base64String({ minLength: 8, maxLength: 20 }), { nil: undefined }),
});
type Drawn = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

function oracle(drawn: Drawn): SignatureV4 {
  return new SignatureV4({
    credentials: drawn.sessionToken === undefined ? credentials : { ...credentials, sessionToken: drawn.sessionToken },
    region,
    service: drawn.service,
    sha256: Sha256,
    uriEscapePath: drawn.service !== 's3',
  });
}

function addressed({ segments, query }: Drawn): { url: URL; path: string } {
  const path = `/${segments.map(uriEncode).join('/')}`;
  const search = Object.entries(query).map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`);
  return { url: new URL(`http://localhost:7070${path}${search.length > 0 ? `?${search.join('&')}` : ''}`), path };
}

function http(drawn: Drawn, path: string): Parameters<SignatureV4['presign']>[0] {
  return {
    method: drawn.method,
    protocol: 'http:',
    hostname: 'localhost',
    port: 7070,
    path,
    query: drawn.query,
    headers: { ...drawn.headers, host: 'localhost:7070' },
    body: drawn.body,
  };
}

test('signs as @smithy/signature-v4 does, and verifies what it signed', async () => {
  const keys = createSigningKeys();
  await fc.assert(
    fc.asyncProperty(request, async (drawn) => {
      const { url, path } = addressed(drawn);
      const theirs = await oracle(drawn).sign(http(drawn, path), { signingDate: date });
      const { service, method, headers, body, sessionToken } = drawn;
      const ours = signRequest(
        { method, url, headers, body },
        { ...credentials, sessionToken },
        { region, service, date },
      );
      assert.equal(ours['authorization'], theirs.headers['authorization']);

      const head = { method, target: url.pathname + url.search, headers: { ...ours, host: url.host } };
      const authorization = readAuthorization(head);
      assert.deepEqual(authorization.payload, { kind: 'hash', sha256: hash('sha256', body, 'hex') });
      verifySignature(head, authorization, { secretAccessKey: credentials.secretAccessKey, keys, now: date });
      for (const altered of [
        { ...head, method: 'PATCH' },
        { ...head, target: `${head.target}${url.search === '' ? '?' : '&'}added` },
        { ...head, headers: { ...head.headers, host: 'elsewhere:7070' } },
      ]) {
        assert.throws(
          () =>
            verifySignature(altered, authorization, { secretAccessKey: credentials.secretAccessKey, keys, now: date }),
          { fault: 'mismatch' },
        );
      }
    }),
    { numRuns: 200 },
  );
});

test('presigns as @smithy/signature-v4 does, and verifies what it presigned', async () => {
  const keys = createSigningKeys();
  await fc.assert(
    fc.asyncProperty(request, async (drawn) => {
      const { url, path } = addressed(drawn);
      const unsigned = drawn.service === 's3' ? { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } : {};
      const { service, method, sessionToken } = drawn;
      const theirs = await oracle(drawn).presign(
        { ...http({ ...drawn, body: new Uint8Array() }, path), headers: { ...unsigned, host: 'localhost:7070' } },
        { signingDate: date, expiresIn: 60 },
      );
      const target = new URL(url);
      target.search = Object.entries(theirs.query ?? {})
        .map(([name, value]) => `${uriEncode(name)}=${uriEncode(String(value))}`)
        .join('&');
      const theirHead = { method, target: target.pathname + target.search, headers: { host: 'localhost:7070' } };
      const ours = presignUrl(
        { method, url, headers: {} },
        { ...credentials, sessionToken },
        { region, service, date, expiresIn: 60 },
      );
      for (const head of [theirHead, { ...theirHead, target: ours.pathname + ours.search }]) {
        const authorization = readAuthorization(head);
        assert.equal(authorization.source, 'query');
        assert.equal(authorization.sessionToken, sessionToken);
        const bodySha256 = hash('sha256', '', 'hex');
        const options = { secretAccessKey: credentials.secretAccessKey, keys, bodySha256 };
        verifySignature(head, authorization, { ...options, now: date });
        assert.throws(
          () => verifySignature(head, authorization, { ...options, now: new Date(date.getTime() + 61_000) }),
          { fault: 'expired' },
        );
        assert.throws(() => verifySignature({ ...head, method: 'PATCH' }, authorization, { ...options, now: date }), {
          fault: 'mismatch',
        });
      }
    }),
    { numRuns: 200 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAuthorization } from './authorization.ts';
import { presignUrl } from './presign-url.ts';
import { SignatureError } from './signature-error.ts';
import { signRequest } from './sign-request.ts';
import { createSigningKeys } from './signing-key.ts';
import { verifySignature } from './verify-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const date = new Date('2026-11-23T04:05:06Z');
const url = new URL('http://localhost:7070/endpoints/iris/invocations');
const keys = createSigningKeys(2);
const options = { secretAccessKey: 'secret', keys, now: date };

function signed(changes: Record<string, string> = {}): Parameters<typeof verifySignature>[0] {
  const headers = signRequest({ method: 'POST', url, headers: {}, body: 'x' }, credentials, {
    region: 'r',
    service: 'sagemaker',
    date,
  });
  return { method: 'POST', target: url.pathname, headers: { ...headers, host: url.host, ...changes } };
}

function refusal(
  head: Parameters<typeof verifySignature>[0],
  changes: Partial<Parameters<typeof verifySignature>[2]> = {},
): unknown {
  try {
    verifySignature(head, readAuthorization(head), { ...options, ...changes });
    return undefined;
  } catch (error) {
    return error instanceof SignatureError ? { fault: error.fault, message: error.message } : error;
  }
}

test('accepts a clock that is off by less than a quarter of an hour, either way', () => {
  const at = (minutes: number): Date => new Date(date.getTime() + minutes * 60_000);
  assert.equal(refusal(signed(), { now: at(14.9) }), undefined);
  assert.equal(refusal(signed(), { now: at(-14.9) }), undefined);
  assert.partialDeepStrictEqual(refusal(signed(), { now: at(15.1) }), {
    fault: 'skewed',
    message:
      "Signature expired: the request was signed at 20261123T040506Z, the server's clock says 20261123T042012Z, and they may differ by 15 minutes. Set the clock of the client.",
  });
  assert.partialDeepStrictEqual(refusal(signed(), { now: at(-15.1) }), { fault: 'skewed' });
});

test('a wrong secret, an altered header and an altered date are mismatches', () => {
  assert.partialDeepStrictEqual(refusal(signed(), { secretAccessKey: 'other' }), { fault: 'mismatch' });
  assert.partialDeepStrictEqual(refusal(signed({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })), { fault: 'mismatch' });
  assert.partialDeepStrictEqual(refusal(signed({ 'x-amz-date': '20261123T040507Z' })), { fault: 'mismatch' });
  assert.partialDeepStrictEqual(refusal(signed({ 'x-amz-date': '20261122T040507Z' })), { fault: 'mismatch' });
});

test('a header of weight that was slipped in beside the signature is refused by name', () => {
  assert.partialDeepStrictEqual(refusal(signed({ 'x-amz-target': 'SageMaker.DeleteModel' })), {
    fault: 'unsigned-header',
    message: 'There were headers present in the request which were not signed: x-amz-target',
  });
});

test('every part that is missing is named', () => {
  const read = (
    authorization: string,
    headers: Record<string, string> = { 'x-amz-date': '20261123T040506Z' },
  ): void => {
    readAuthorization({ method: 'GET', target: '/', headers: { ...headers, authorization } });
  };
  const whole = 'AWS4-HMAC-SHA256 Credential=a/20261123/r/s/aws4_request, SignedHeaders=host, Signature=';
  assert.throws(() => readAuthorization({ method: 'GET', target: '/?x=1', headers: {} }), { fault: 'missing' });
  assert.throws(() => read('Basic abc'), { fault: 'incomplete', message: /Unsupported authorization type/ });
  assert.throws(() => read('AWS4-HMAC-SHA256 Credential=a/20261123/r/s/aws4_request'), {
    message: /'SignedHeaders' parameter, 'Signature' parameter/,
  });
  assert.throws(() => read(`${whole}${'0'.repeat(64)}`, {}), { message: /'X-Amz-Date' or a 'Date' header/ });
  assert.throws(() => read(`${whole}12`), { message: /64 lower-case/ });
  assert.throws(() => read(whole.replace('host', 'x-amz-date') + '0'.repeat(64)), { message: /'Host'/ });
  assert.throws(() => read(whole.replace('/r/s/aws4_request', '/r/s') + '0'.repeat(64)), {
    message: /got: 'a\/20261123\/r\/s'/,
  });
  assert.doesNotThrow(() => read(`${whole}${'0'.repeat(64)}`, { date: 'Mon, 23 Nov 2026 04:05:06 GMT' }));
});

test('a presigned URL lives for one second to a week', () => {
  const presigned = presignUrl({ method: 'GET', url, headers: {} }, credentials, {
    region: 'r',
    service: 's3',
    date,
    expiresIn: 604_800,
  });
  const head = { method: 'GET', target: presigned.pathname + presigned.search, headers: { host: url.host } };
  assert.equal(refusal(head, { now: new Date(date.getTime() + 604_800_000) }), undefined);
  assert.partialDeepStrictEqual(refusal(head, { now: new Date(date.getTime() + 604_801_000) }), { fault: 'expired' });
  assert.partialDeepStrictEqual(refusal(head, { now: new Date(date.getTime() - 1_000_000) }), { fault: 'skewed' });
  for (const [from, to, message] of [
    ['Expires=604800', 'Expires=604801', /at most 604800/],
    ['Expires=604800', 'Expires=0', /at least 1/],
    ['Expires=604800', 'Expires=soon', /number of seconds/],
    ['X-Amz-Expires', 'X-Amz-Expired', /Missing: X-Amz-Expires/],
  ] as const) {
    assert.throws(() => readAuthorization({ ...head, target: head.target.replace(from, to) }), {
      fault: 'incomplete',
      message,
    });
  }
  assert.throws(
    () =>
      presignUrl({ method: 'GET', url, headers: {} }, credentials, { region: 'r', service: 's3', expiresIn: 700_000 }),
    RangeError,
  );
});

test('the cache of derived keys drops the oldest', () => {
  const scope = { date: '20261123', region: 'r', service: 's3' };
  const first = keys.get('one', scope);
  assert.equal(keys.get('one', scope), first);
  keys.get('two', scope);
  keys.get('three', scope);
  assert.notEqual(keys.get('one', scope), first);
});

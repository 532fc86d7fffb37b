import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { type AwsChunkedOptions, decodeAwsChunked } from './aws-chunked.ts';
import { createChunkSigner } from './chunk-signature.ts';
import { deriveSigningKey, formatScope } from './signing-key.ts';

// The worked examples of the S3 API reference, "Signature calculations for the Authorization header: multiple chunks".
const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
const seed = {
  key: deriveSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
  timestamp: '20130524T000000Z',
  scope: formatScope(scope),
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const first = Buffer.alloc(65_536, 'a');
const second = Buffer.alloc(1024, 'a');

const signedBody = Buffer.concat([
  Buffer.from('10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n'),
  first,
  Buffer.from('\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n'),
  second,
  Buffer.from('\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n'),
]);

const trailerSeed = { ...seed, signature: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e' };
const trailers = ['x-amz-checksum-crc32c'];
const trailedBody = Buffer.concat([
  Buffer.from('10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n'),
  first,
  Buffer.from('\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n'),
  second,
  Buffer.from(
    '\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n' +
      'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
  ),
]);

async function* pieces(body: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function decode(body: Uint8Array, options: AwsChunkedOptions, size = 65_536): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decodeAwsChunked(pieces(body, size), options)) parts.push(part);
  return Buffer.concat(parts);
}

test('signed chunks of the S3 reference are accepted, however they are cut', async () => {
  for (const size of [1, 7, 1000, 65_536, 1_000_000]) {
    assert.deepEqual(await decode(signedBody, { seed, decodedLength: 66_560 }, size), Buffer.concat([first, second]));
  }
});

test('the signed trailer of the S3 reference is accepted and its checksum told', async () => {
  const body = decodeAwsChunked(pieces(trailedBody, 999), { seed: trailerSeed, decodedLength: 66_560, trailers });
  let length = 0;
  for await (const piece of body) length += piece.length;
  assert.equal(length, 66_560);
  assert.deepEqual(await body.trailers, { 'x-amz-checksum-crc32c': 'sOO8/Q==' });
});

test('any byte changed in a signed body is found', async () => {
  for (const at of [0, 40, 100, 65_700, 66_700, signedBody.length - 20]) {
    const altered = Buffer.from(signedBody);
    altered[at] = (altered[at] ?? 0) ^ 1;
    await assert.rejects(decode(altered, { seed, decodedLength: 66_560 }), { name: /SignatureError|AwsChunkedError/ });
  }
  const altered = Buffer.from(trailedBody);
  altered[altered.length - 10] = 0x61;
  await assert.rejects(decode(altered, { seed: trailerSeed, trailers }), { fault: 'tampered' });
});

test('an unsigned body comes with the trailers that were announced', async () => {
  const body = (sum: string): Buffer => Buffer.from(`b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`);
  const options = { trailers: ['x-amz-checksum-crc32'], decodedLength: 11 };
  assert.equal(String(await decode(body('i9aeUg=='), options, 3)), 'Hello world');
  await assert.rejects(decode(body('i9aeUg=='), { ...options, decodedLength: 12 }), { fault: 'incomplete' });
  await assert.rejects(decode(body('i9aeUg=='), { ...options, decodedLength: 10 }), { fault: 'incomplete' });
  await assert.rejects(decode(body('i9aeUg=='), { trailers: ['x-amz-checksum-sha1'] }), {
    fault: 'malformed',
    message: /does not name/,
  });
  await assert.rejects(decode(Buffer.from('0\r\n\r\n'), options), { fault: 'incomplete' });
  await assert.rejects(decode(Buffer.from('0\r\n\r\n'), { trailers: ['x-amz-checksum-sha1'] }), {
    message: /lacks the trailer/,
  });
});

test('broken framing is refused in bounded memory', async () => {
  const refused = async (body: string, message: RegExp, options: AwsChunkedOptions = {}): Promise<void> =>
    assert.rejects(decode(Buffer.from(body), options), message);
  await refused('zz\r\n', /does not begin with its size/);
  await refused('ffffffffffffffff\r\n', /does not begin with its size/);
  await refused('a'.repeat(2000), /too long/);
  await refused('3\r\nabcdef\r\n0\r\n\r\n', /longer than it says/);
  await refused('3\r\nab', /ended inside a chunk/);
  await refused('3\r\nabc\r\n', /ended before its last chunk/);
  await refused(`0\r\n${'a:b\r\n'.repeat(5000)}`, /too long/);
  await refused('3\r\nabc\r\n0\r\n\r\n', /no chunk-signature/, { seed });
  await refused('', /ended before its last chunk/);
});

test('the source is closed when the reader stops early', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from('ff\r\nabc');
      yield Buffer.from('def');
    } finally {
      closed = true;
    }
  }
  for await (const piece of decodeAwsChunked(source())) {
    assert.equal(String(piece), 'abc');
    break;
  }
  assert.equal(closed, true);
});

test('any content signed in any chunks comes back whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      async (chunks, size) => {
        const signer = createChunkSigner(seed);
        const body = [...chunks, new Uint8Array()].flatMap((chunk) => [
          Buffer.from(`${chunk.length.toString(16)};chunk-signature=${signer.chunk(hash('sha256', chunk, 'hex'))}\r\n`),
          chunk,
          Buffer.from('\r\n'),
        ]);
        const content = Buffer.concat(chunks);
        assert.deepEqual(await decode(Buffer.concat(body), { seed, decodedLength: content.length }, size), content);
      },
    ),
  );
});

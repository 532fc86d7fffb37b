import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MalformedResponse, ResponseReader, type ResponseHead } from './response-reader.ts';

interface Read {
  heads: ResponseHead[];
  body: string;
  done: boolean;
}

function read(pieces: readonly Buffer[]): Read {
  const result: Read = { heads: [], body: '', done: false };
  const reader = new ResponseReader({
    onHead: (head) => result.heads.push(head),
    onPart: (part) => {
      result.body += part.toString('latin1');
    },
  });
  for (const piece of pieces) reader.read(piece);
  result.done = reader.done || reader.end();
  return result;
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
}

const text = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', ':', ' ', 'H'), maxLength: 60 });
const cuts = fc.array(fc.nat(400), { maxLength: 12 });

test('a response of known length is the same however its bytes are cut', () => {
  fc.assert(
    fc.property(text, cuts, (body, places) => {
      const bytes = Buffer.from(
        `HTTP/1.1 200 OK\r\nContent-Type: a/b\r\ncontent-LENGTH:${body.length}\r\n\r\n${body}`,
        'latin1',
      );
      const result = read(cut(bytes, places));
      assert.equal(result.body, body);
      assert.equal(result.done, true);
      assert.equal(result.heads[0]?.contentType, 'a/b');
    }),
  );
});

test('a chunked response is the same however its bytes are cut, with extensions and trailers', () => {
  fc.assert(
    fc.property(
      fc.array(
        text.filter((chunk) => chunk !== ''),
        { maxLength: 5 },
      ),
      cuts,
      (chunks, places) => {
        const coded = chunks.map((chunk) => `${chunk.length.toString(16)};x=1\r\n${chunk}\r\n`).join('');
        const bytes = Buffer.from(
          `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${coded}0\r\nX-T: 1\r\n\r\n`,
          'latin1',
        );
        const result = read(cut(bytes, places));
        assert.equal(result.body, chunks.join(''));
        assert.equal(result.done, true);
      },
    ),
  );
});

test('a response without a length ends with the connection', () => {
  const result = read([Buffer.from('HTTP/1.0 200 OK\r\n\r\nall '), Buffer.from('of it')]);
  assert.equal(result.body, 'all of it');
  assert.equal(result.done, true);
  assert.equal(result.heads[0]?.keepAlive, false);
});

test('interim answers are skipped, and 204 has no body', () => {
  const result = read([Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n')]);
  assert.deepEqual(
    result.heads.map(({ status }) => status),
    [204],
  );
  assert.equal(result.done, true);
});

test('a connection is kept only when both the version and the header allow it', () => {
  const keepAlive = (head: string): boolean | undefined =>
    read([Buffer.from(`${head}\r\nContent-Length: 0\r\n\r\n`)]).heads[0]?.keepAlive;
  assert.equal(keepAlive('HTTP/1.1 200 OK'), true);
  assert.equal(keepAlive('HTTP/1.1 200 OK\r\nConnection: close'), false);
  assert.equal(keepAlive('HTTP/1.0 200 OK'), false);
  assert.equal(keepAlive('HTTP/1.0 200 OK\r\nConnection: Keep-Alive'), true);
});

test('what is not HTTP/1.1, or says one thing and sends another, is refused', () => {
  const broken = [
    'SSH-2.0-OpenSSH\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n',
    'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`,
  ];
  for (const bytes of broken) assert.throws(() => read([Buffer.from(bytes)]), MalformedResponse, bytes.slice(0, 60));
});

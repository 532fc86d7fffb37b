import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import * as fc from 'fast-check';
import { decodeMessages, encodeMessage } from './event-message.ts';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
const message = fc.record({
  headers: fc.dictionary(fc.stringMatching(/^:?[a-z-]{1,20}$/), fc.string({ unit: 'grapheme', maxLength: 50 }), {
    maxKeys: 4,
  }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

suite('event stream messages', () => {
  test('are read by another implementation', () => {
    const property = fc.property(message, ({ headers, payload }) => {
      const decoded = codec.decode(encodeMessage({ headers, payload }));
      assert.deepEqual(Object.fromEntries(Object.entries(decoded.headers).map(([name, { value }]) => [name, value])), {
        ...headers,
      });
      assert.deepEqual(Buffer.from(decoded.body), Buffer.from(payload));
    });
    fc.assert(property);
  });

  test('of another implementation are read, however the bytes are cut', async () => {
    const property = fc.asyncProperty(
      fc.array(message, { maxLength: 4 }),
      fc.integer({ min: 1, max: 50 }),
      async (messages, size) => {
        const bytes = Buffer.concat(
          messages.map(({ headers, payload }) => codec.encode({ headers: typed(headers), body: payload })),
        );
        const decoded = await Array.fromAsync(decodeMessages(cut(bytes, size)));
        assert.deepEqual(decoded.map(plain), messages.map(plain));
      },
    );
    await fc.assert(property);
  });

  test('with headers of other types are read, without those headers', async () => {
    const headers = {
      flag: { type: 'boolean', value: true },
      size: { type: 'integer', value: 5 },
      name: { type: 'string', value: 'n' },
    } as const;
    const [decoded] = await Array.fromAsync(decodeMessages(cut(codec.encode({ headers, body: new Uint8Array() }), 7)));
    assert.deepEqual(decoded?.headers, { name: 'n' });
  });

  test('that are damaged or cut short are refused', async () => {
    const bytes = encodeMessage({ headers: { a: 'b' }, payload: Buffer.from('payload') });
    for (const at of [0, 5, 9, 14, bytes.length - 6, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await assert.rejects(Array.fromAsync(decodeMessages(cut(damaged, 64))), /the event stream/);
    }
    await assert.rejects(Array.fromAsync(decodeMessages(cut(bytes.subarray(0, -3), 64))), /ended inside a message/);
  });
});

function typed(headers: Record<string, string>) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value } as const]));
}

function plain({ headers, payload }: { headers: Readonly<Record<string, string>>; payload: Uint8Array }) {
  return { headers: { ...headers }, payload: Buffer.from(payload).toString('hex') };
}

async function* cut(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FrameDecoder } from './attach.ts';

function frame(stream: 1 | 2, content: Buffer): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

test('both streams come out as they went in, however the connection cuts them', () => {
  const part = fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.uint8Array({ maxLength: 20 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), fc.array(fc.nat(300), { maxLength: 8 }), (parts, cuts) => {
      const bytes = Buffer.concat(parts.map(([stream, content]) => frame(stream, Buffer.from(content))));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
      const got = { stdout: '', stderr: '' };
      const decoder = new FrameDecoder((stream, chunk) => (got[stream] += chunk.toString('hex')));
      for (const [index, end] of at.slice(1).entries()) decoder.write(bytes.subarray(at[index], end));
      const sent = (wanted: number): string =>
        parts.map(([stream, content]) => (stream === wanted ? Buffer.from(content).toString('hex') : '')).join('');
      assert.deepEqual(got, { stdout: sent(1), stderr: sent(2) });
    }),
  );
});

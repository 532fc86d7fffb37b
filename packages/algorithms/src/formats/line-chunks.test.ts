import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { SharedHeap } from '../kernels/shared-heap.ts';
import { openFile, type ByteSource } from './byte-source.ts';
import { LineChunks } from './line-chunks.ts';

const folder = mkdtempSync(join(tmpdir(), 'line-chunks-'));
after(() => rmSync(folder, { recursive: true }));
const heap = new SharedHeap();

async function chunksOf(source: ByteSource, chunkBytes: number): Promise<string[]> {
  const chunks = new LineChunks(source, heap, chunkBytes);
  const texts: string[] = [];
  for (let span = await chunks.next(); span !== undefined; span = await chunks.next()) {
    // What else is under way has its time before this text is looked at.
    await new Promise((resolve) => setImmediate(resolve));
    texts.push(Buffer.from(heap.viewBytes(span.begin, span.end - span.begin)).toString());
  }
  await chunks.release();
  return texts;
}

test('the lines of a file come whole and in order, however long they are and whatever is read at a time', async () => {
  const lines = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 30 });
  const file = join(folder, 'lines.txt');
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 64 }), fc.boolean(), async (lengths, chunkBytes, lastEnd) => {
      const text = lengths.map((length, at) => String.fromCharCode(97 + (at % 26)).repeat(length)).join('\n');
      const whole = `${text}${lastEnd ? '\n' : ''}`;
      writeFileSync(file, whole);
      const source = await openFile(file);
      const texts = await chunksOf(source, chunkBytes);
      await source.close();
      assert.ok(texts.every((chunk) => chunk.endsWith('\n')));
      assert.equal(texts.join(''), whole === '' || whole.endsWith('\n') ? whole : `${whole}\n`);
      assert.equal(heap.bytesInUse, 0);
    }),
    { numRuns: 200 },
  );
});

test('a file is read ahead and a pipe is not, and what is under way is waited for at the end', async () => {
  for (const onDisk of [true, false]) {
    let reads = 0;
    let writing = false;
    const source: ByteSource = {
      name: 't',
      onDisk,
      read: async (into) => {
        reads++;
        writing = true;
        await new Promise((resolve) => setTimeout(resolve, 5));
        into.fill(10);
        writing = false;
        return into.length;
      },
      close: async () => {},
    };
    const chunks = new LineChunks(source, heap, 100);
    await chunks.next();
    assert.equal(reads, onDisk ? 2 : 1);
    await chunks.release();
    assert.equal(writing, false);
    assert.equal(heap.bytesInUse, 0);
  }
});

test('a read ahead that fails is told by the next call', async () => {
  let reads = 0;
  const source: ByteSource = {
    name: 't',
    onDisk: true,
    read: async (into) => {
      if (reads++ > 0) throw new Error('the disk is gone');
      into.fill(10);
      return into.length;
    },
    close: async () => {},
  };
  const chunks = new LineChunks(source, heap, 100);
  assert.ok((await chunks.next()) !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(chunks.next(), /the disk is gone/);
  await chunks.release();
});

import { constants } from 'node:fs';
import { copyFile, open, type FileHandle } from 'node:fs/promises';
import type { ScratchFile } from './draft.ts';

const BLOCK_BYTES = 1024 * 1024;
/** Parts copied at the same time. */
const COPIES = 3;

/**
 * Writes the parts one after the other into the scratch file. The first is cloned where the file system can share blocks; the others are copied,
 * a few at a time, through one block each. The parts stay: until the object is published they are all there is.
 */
export async function assembleParts(
  parts: readonly { path: string; size: number }[],
  scratch: ScratchFile,
): Promise<number> {
  const [first, ...others] = parts;
  if (first === undefined) return 0;
  await copyFile(first.path, scratch.path, constants.COPYFILE_FICLONE);
  let size = first.size;
  const placed = others.map((part) => {
    const at = size;
    size += part.size;
    return { path: part.path, at };
  });
  const queue = placed.values();
  // All copies end before the scratch file may be closed, also when one fails.
  const copies = await Promise.allSettled(
    Array.from({ length: Math.min(COPIES, placed.length) }, () => copyAll(queue, scratch.file)),
  );
  for (const copy of copies) if (copy.status === 'rejected') throw copy.reason;
  return size;
}

async function copyAll(queue: Iterable<{ path: string; at: number }>, target: FileHandle): Promise<void> {
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  for (const { path, at } of queue) {
    const source = await open(path, 'r');
    try {
      await append(source, target, at, block);
    } finally {
      await source.close();
    }
  }
}

async function append(source: FileHandle, target: FileHandle, at: number, block: Buffer): Promise<void> {
  let position = at;
  for (;;) {
    const { bytesRead } = await source.read(block, 0, block.length, position - at);
    if (bytesRead === 0) return;
    for (let written = 0; written < bytesRead;) {
      const { bytesWritten } = await target.write(block, written, bytesRead - written, position + written);
      written += bytesWritten;
    }
    position += bytesRead;
  }
}

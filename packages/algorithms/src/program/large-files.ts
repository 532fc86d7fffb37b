/** Files that may be longer than one call reads or writes, which is some 2 GB. */
import { open } from 'node:fs/promises';

/** Bytes that one call reads or writes at most. */
const PIECE_BYTES = 2 ** 28;

/** Reads a whole file into an array of its size. Thrown when it becomes shorter meanwhile. `pieceBytes`: read at a time, at most. */
export async function readLarge(path: string, pieceBytes = PIECE_BYTES): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array((await file.stat()).size);
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(pieceBytes, bytes.length - at), at);
      if (bytesRead === 0) throw new Error(`file ${path} became shorter while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Writes parts one after another. `isDurable`: they are on the disk when the promise resolves. `pieceBytes`: written at a time, at most. */
export async function writeParts(
  path: string,
  parts: readonly Uint8Array[],
  { isDurable = false, pieceBytes = PIECE_BYTES }: { readonly isDurable?: boolean; readonly pieceBytes?: number } = {},
): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts)
      for (let at = 0; at < part.length;)
        at += (await file.write(part, at, Math.min(pieceBytes, part.length - at))).bytesWritten;
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
}

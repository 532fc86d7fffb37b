/** Where a reader takes its bytes from: a file, a pipe, a gzip stream, or memory. */
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ClientError } from '../errors.ts';

export interface ByteSource {
  /** Named in error messages. */
  readonly name: string;
  /** A read never waits for a writer, as it does at a pipe: worth to read ahead. */
  readonly onDisk?: boolean | undefined;
  /** Bytes there are in all, where that is known before they are read: to make room for what they hold. */
  readonly size?: number | undefined;
  /** Fills `into` from its start and resolves to the number of bytes, 0 at the end. May fill less than there is room for. */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Opens a file or a named pipe; gzip is recognised by its first bytes. Thrown when the file cannot be opened: ClientError. */
export async function openFile(path: string, name: string = path): Promise<ByteSource> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (cause) {
    throw new ClientError(`file ${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const stats = await handle.stat();
  return sniffGzip({
    name,
    onDisk: stats.isFile(),
    size: stats.isFile() ? stats.size : undefined,
    read: async (into) => (await handle.read(into, 0, into.length, null)).bytesRead,
    close: () => handle.close(),
  });
}

export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  let at = 0;
  return {
    name,
    size: bytes.length,
    read: async (into) => {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return piece.length;
    },
    close: async () => {},
  };
}

/** Decompresses `source` when it begins as gzip does, else passes it on. */
export async function sniffGzip(source: ByteSource): Promise<ByteSource> {
  const { head, whole } = await peek(source, 2);
  return head[0] === 0x1f && head[1] === 0x8b ? gunzipped(whole) : whole;
}

/** Looks at the first `length` bytes, fewer when there are not so many; `whole` gives them again. */
export async function peek(
  source: ByteSource,
  length: number,
): Promise<{ readonly head: Uint8Array; readonly whole: ByteSource }> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  for (let read = -1; read !== 0 && filled < length; filled += read) read = await source.read(buffer.subarray(filled));
  const head = buffer.subarray(0, filled);
  let left = head;
  const whole: ByteSource = {
    name: source.name,
    onDisk: source.onDisk,
    size: source.size,
    read: async (into) => {
      if (left.length === 0) return source.read(into);
      const piece = left.subarray(0, into.length);
      into.set(piece);
      left = left.subarray(piece.length);
      return piece.length;
    },
    close: () => source.close(),
  };
  return { head, whole };
}

async function gunzipped(source: ByteSource): Promise<ByteSource> {
  const { createGunzip } = await import('node:zlib');
  const compressed = Readable.from(chunks(source), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: 262_144 });
  compressed.on('error', (error) => gunzip.destroy(error));
  const plain = compressed.pipe(gunzip)[Symbol.asyncIterator]();
  let left = new Uint8Array(0);
  return {
    name: source.name,
    read: async (into) => {
      if (left.length === 0) {
        const next = await plain.next().catch((cause: unknown) => {
          throw new ClientError(
            `file ${source.name}: gzip data is damaged (${cause instanceof Error ? cause.message : String(cause)})`,
            { cause },
          );
        });
        if (next.done === true) return 0;
        left = next.value;
      }
      const piece = left.subarray(0, into.length);
      into.set(piece);
      left = left.subarray(piece.length);
      return piece.length;
    },
    close: async () => {
      compressed.destroy();
      gunzip.destroy();
      await source.close();
    },
  };
}

async function* chunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(262_144);
    const length = await source.read(chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

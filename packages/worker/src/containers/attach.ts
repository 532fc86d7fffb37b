import type { Duplex } from 'node:stream';
import type { Daemon } from './daemon.ts';

export type ContainerOutput = (stream: 'stdout' | 'stderr', chunk: Buffer) => void;

/**
 * Follows what a container prints, from its first byte when called before its start; it comes once `flow` is called. While the listener works nothing more is read, so a
 * container that prints faster than its lines can be stored has to wait, and no log file of the daemon's own is needed.
 */
export async function attach(
  daemon: Daemon,
  name: string,
  output: ContainerOutput,
): Promise<{ readonly ended: Promise<void>; readonly flow: () => void }> {
  const { stream, head } = await daemon.upgrade(`/containers/${name}/attach?stream=1&stdout=1&stderr=1`);
  const decoder = new FrameDecoder(output);
  const flow = (): void => {
    decoder.write(head);
    stream.on('data', (chunk: Buffer) => decoder.write(chunk));
  };
  return { ended: ended(stream), flow };
}

function ended(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once('end', () => {
      stream.end();
      resolve();
    });
    stream.once('close', resolve);
    // A daemon that went away ends the output; whether the container did is asked elsewhere.
    stream.once('error', () => resolve());
  });
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** Undoes the framing of a container's two streams on one connection: stream number, three zeros, length, bytes. Bytes are passed on as they come. */
export class FrameDecoder {
  readonly #output: ContainerOutput;
  #header = Buffer.alloc(0);
  #stream: 'stdout' | 'stderr' = 'stdout';
  #left = 0;

  constructor(output: ContainerOutput) {
    this.#output = output;
  }

  write(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#output(this.#stream, chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(chunk.length, at + HEADER_BYTES - this.#header.length);
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, end)]);
      at = end;
      if (this.#header.length < HEADER_BYTES) return;
      this.#stream = this.#header[0] === STDERR ? 'stderr' : 'stdout';
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
  }
}

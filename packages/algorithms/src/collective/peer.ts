/** One other host: frames in, frames out, in order. A frame is its length (4 bytes, little-endian) and its bytes. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { AlgorithmError } from '../errors.ts';

const LENGTH_BYTES = 4;

export class Peer {
  /** Known when it has said so. */
  rank: number;
  readonly #socket: Socket;
  readonly #frames: Uint8Array[] = [];
  readonly #waiting: PromiseWithResolvers<Uint8Array>[] = [];
  readonly #length = Buffer.alloc(LENGTH_BYTES);
  #lengthRead = 0;
  #frame: Uint8Array | undefined;
  #filled = 0;
  #gone = false;

  constructor(socket: Socket, rank: number) {
    this.#socket = socket.setNoDelay(true);
    this.rank = rank;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** The bytes may be changed afterwards. */
  send(bytes: Uint8Array): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    this.#socket.write(length);
    if (bytes.length > 0) this.#socket.write(new Uint8Array(bytes));
  }

  /** The next frame. Thrown when the other host is gone: AlgorithmError. */
  receive(): Promise<Uint8Array> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    const waiting = Promise.withResolvers<Uint8Array>();
    if (this.#gone) waiting.reject(this.#failure());
    else this.#waiting.push(waiting);
    return waiting.promise;
  }

  async close(): Promise<void> {
    if (this.#gone) return;
    const closed = once(this.#socket, 'close');
    this.#socket.end();
    // What the other host still sends is wanted by nobody.
    this.#socket.resume();
    await closed;
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === undefined) {
        const taken = chunk.copy(this.#length, this.#lengthRead, at);
        at += taken;
        this.#lengthRead += taken;
        if (this.#lengthRead < LENGTH_BYTES) return;
        this.#frame = new Uint8Array(this.#length.readUInt32LE());
        this.#filled = 0;
      }
      const taken = Math.min(this.#frame.length - this.#filled, chunk.length - at);
      this.#frame.set(chunk.subarray(at, at + taken), this.#filled);
      at += taken;
      this.#filled += taken;
      if (this.#filled === this.#frame.length) this.#deliver(this.#frame);
    }
  }

  #deliver(frame: Uint8Array): void {
    this.#frame = undefined;
    this.#lengthRead = 0;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#frames.push(frame);
    else waiting.resolve(frame);
  }

  #end(): void {
    this.#gone = true;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure());
  }

  #failure(): AlgorithmError {
    return new AlgorithmError(`host ${this.rank + 1} of the job ended before the training was done`);
  }
}

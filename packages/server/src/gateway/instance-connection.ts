/** One kept-alive connection to an instance: carries one request at a time. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { MalformedResponse, ResponseReader, type ResponseEvents } from './response-reader.ts';

export interface Exchange extends ResponseEvents {
  /** Head of the request, with its final empty line. */
  readonly requestHead: string;
  readonly requestBody: Uint8Array;
  /** A connection has been found for it and the request is on its way. */
  onSent(): void;
  /** The response has arrived whole. */
  onEnd(): void;
  /** The exchange is over without a whole response. */
  onFailure(failure: ExchangeFailure): void;
}

export type ExchangeFailure = {
  readonly reason:
    /** No connection could be made: no byte of the request was sent. */
    | 'not-connected'
    /** The instance listens but takes no more connections for now. */
    | 'busy'
    /**
     * The instance closed the connection before it had read the request: a system resets a connection whose end was closed over bytes that nobody
     * read, and ends it in order when they had been read.
     */
    | 'unread'
    /** The connection ended after the request was read, without a whole response. */
    | 'broken'
    /** The answer is not HTTP/1.1. */
    | 'malformed';
  readonly message: string;
};

/** What a connection tells the pool that owns it. */
export interface ConnectionOwner {
  /** The response is whole and the connection can carry the next request. */
  onFree(connection: InstanceConnection): void;
  /** The connection will carry nothing more. Called once. */
  onClosed(connection: InstanceConnection): void;
}

/** Bodies up to this size are copied behind the head, so that both leave in one write. */
const copyLimit = 16_384;

export class InstanceConnection {
  /** When it last became free, in milliseconds of `performance.now()`. */
  freeSince = 0;
  #socket: Socket;
  #owner: ConnectionOwner;
  #reader: ResponseReader;
  #exchange: Exchange | undefined;
  #connected = false;
  #answering = false;
  #keepAlive = true;
  #closed = false;

  constructor(address: NetConnectOpts, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#reader = new ResponseReader({
      onHead: (head) => {
        this.#keepAlive = head.keepAlive;
        this.#exchange?.onHead(head);
      },
      onPart: (part) => this.#exchange?.onPart(part),
    });
    this.#socket = connect(address);
    this.#socket.on('connect', () => {
      this.#connected = true;
    });
    this.#socket.on('data', (data: Buffer) => this.#read(data));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#socket.on('close', () => this.#fail({ reason: 'broken', message: 'The connection was closed.' }));
  }

  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#answering = false;
    this.#reader.reset();
    const { requestHead, requestBody } = exchange;
    const size = requestBody.byteLength;
    if (size <= copyLimit) {
      const bytes = Buffer.allocUnsafe(requestHead.length + size);
      bytes.write(requestHead, 0, 'latin1');
      bytes.set(requestBody, requestHead.length);
      this.#socket.write(bytes);
      return;
    }
    this.#socket.cork();
    this.#socket.write(requestHead, 'latin1');
    this.#socket.write(requestBody);
    this.#socket.uncork();
  }

  /** Stops reading the response until {@link resume}: its reader is slower than the instance. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection. HTTP/1.1 knows no other way to cancel a request that was sent; its exchange hears nothing more. */
  destroy(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
    this.#close();
  }

  #read(data: Buffer): void {
    if (this.#exchange === undefined) return this.destroy();
    this.#answering = true;
    try {
      this.#reader.read(data);
      if (this.#reader.done) this.#complete();
    } catch (error) {
      if (!(error instanceof MalformedResponse)) throw error;
      this.#fail({ reason: 'malformed', message: error.message });
    }
  }

  #complete(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (this.#keepAlive && !this.#closed) this.#owner.onFree(this);
    else this.destroy();
    exchange?.onEnd();
  }

  #onEnd(): void {
    if (this.#exchange === undefined) return this.destroy();
    if (this.#reader.end()) return this.#complete();
    this.#fail({ reason: 'broken', message: 'The connection was closed before the response was complete.' });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#connected) {
      const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      return this.#fail({ reason: reset && !this.#answering ? 'unread' : 'broken', message: error.message });
    }
    // A unix socket whose backlog is full answers EAGAIN at once, where TCP would wait.
    this.#fail({ reason: error.code === 'EAGAIN' ? 'busy' : 'not-connected', message: error.message });
  }

  #fail(failure: ExchangeFailure): void {
    const exchange = this.#exchange;
    this.destroy();
    exchange?.onFailure(failure);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.onClosed(this);
  }
}

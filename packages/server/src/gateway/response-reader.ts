/**
 * Reads HTTP/1.1 responses from the bytes of one connection: the part of the protocol that a model server uses (fixed length, chunked,
 * until close; interim 1xx answers are skipped). It allocates one head object per response and slices, never copies, the body.
 */
export interface ResponseHead {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly customAttributes: string | undefined;
  readonly newSessionId: string | undefined;
  readonly closedSessionId: string | undefined;
  /** Bytes of the body when it was announced, else -1. */
  readonly contentLength: number;
  /** The connection may carry another request after this response. */
  readonly keepAlive: boolean;
}

export interface ResponseEvents {
  onHead(head: ResponseHead): void;
  /** A slice of what the socket read, not a copy. */
  onPart(part: Buffer): void;
}

/** The instance answered something that is not HTTP/1.1. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

const maxHeadBytes = 65_536;
const endOfHead = Buffer.from('\r\n\r\n');

type State = 'head' | 'fixed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

export class ResponseReader {
  #state: State = 'head';
  /** Bytes of an incomplete head or chunk-size line, kept until more arrive. */
  #rest: Buffer | undefined;
  #left = 0;
  #events: ResponseEvents;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** Whether the response has arrived whole. */
  get done(): boolean {
    return this.#state === 'done';
  }

  /** Makes it ready for the next response of the connection. */
  reset(): void {
    this.#state = 'head';
    this.#rest = undefined;
  }

  /** Thrown when the bytes are not HTTP/1.1: {@link MalformedResponse}. */
  read(data: Buffer): void {
    let bytes = data;
    if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, data]);
      this.#rest = undefined;
    }
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next === at) {
        this.#rest = bytes.subarray(at);
        return;
      }
      at = next;
    }
  }

  /** The connection has ended. True when that was the proper end of a response without a length. */
  end(): boolean {
    if (this.#state !== 'until-close') return false;
    this.#state = 'done';
    return true;
  }

  /** Consumes from `at` and answers the new position; the same position means that more bytes are needed. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'fixed':
      case 'chunk':
        return this.#readCounted(bytes, at);
      case 'chunk-size':
        return this.#readChunkSize(bytes, at);
      case 'chunk-end':
        return this.#skipLineEnd(bytes, at);
      case 'trailer':
        return this.#readTrailer(bytes, at);
      case 'until-close':
        this.#events.onPart(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case 'done':
      default:
        throw new MalformedResponse('more bytes than the response announced');
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(endOfHead, at);
    if (end < 0) {
      if (bytes.length - at > maxHeadBytes)
        throw new MalformedResponse('the head of the response is longer than 64 KiB');
      if (!couldBeHttp(bytes, at)) throw new MalformedResponse('the answer is not HTTP/1.1');
      return at;
    }
    const head = parseHead(bytes.toString('latin1', at, end));
    const after = end + endOfHead.length;
    if (head.status < 200) return after;
    this.#events.onHead(head);
    if (head.chunked) {
      this.#state = 'chunk-size';
    } else if (head.status === 204 || head.status === 304 || head.contentLength === 0) {
      this.#state = 'done';
    } else if (head.contentLength > 0) {
      this.#state = 'fixed';
      this.#left = head.contentLength;
    } else {
      this.#state = 'until-close';
    }
    return after;
  }

  #readCounted(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#events.onPart(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.#left === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done';
    return end;
  }

  #readChunkSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\r\n', at, 'latin1');
    if (end < 0) {
      if (bytes.length - at > 1024) throw new MalformedResponse('a chunk has no size');
      return at;
    }
    const size = /^[0-9a-fA-F]{1,8}(?=\s*(?:;|$))/.exec(bytes.toString('latin1', at, end));
    if (size === null) throw new MalformedResponse('a chunk has no size');
    this.#left = Number.parseInt(size[0], 16);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    return end + 2;
  }

  #skipLineEnd(bytes: Buffer, at: number): number {
    if (bytes.length - at < 2) return at;
    if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw new MalformedResponse('a chunk is longer than its size');
    this.#state = 'chunk-size';
    return at + 2;
  }

  #readTrailer(bytes: Buffer, at: number): number {
    const end = bytes.indexOf('\r\n', at, 'latin1');
    if (end < 0) {
      if (bytes.length - at > maxHeadBytes) throw new MalformedResponse('the trailer is longer than 64 KiB');
      return at;
    }
    if (end === at) this.#state = 'done';
    return end + 2;
  }
}

interface ParsedHead extends ResponseHead {
  readonly chunked: boolean;
}

function couldBeHttp(bytes: Buffer, at: number): boolean {
  const start = bytes.toString('latin1', at, at + 7);
  return start === 'HTTP/1.'.slice(0, start.length);
}

function parseHead(text: string): ParsedHead {
  const status = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/.exec(text);
  if (status === null) throw new MalformedResponse('the answer is not HTTP/1.1');
  let contentType: string | undefined;
  let customAttributes: string | undefined;
  let newSessionId: string | undefined;
  let closedSessionId: string | undefined;
  let contentLength = -1;
  let chunked = false;
  let keepAlive = status[1] === '1';
  let at = text.indexOf('\r\n');
  while (at >= 0) {
    const start = at + 2;
    at = text.indexOf('\r\n', start);
    const colon = text.indexOf(':', start);
    if (colon < 0 || (at >= 0 && colon > at)) throw new MalformedResponse('a header of the response has no colon');
    // Only a handful of names matter, and all of them begin with c, t or x.
    const first = text.charCodeAt(start) | 32;
    if (first !== 99 && first !== 116 && first !== 120) continue;
    const value = text.slice(colon + 1, at < 0 ? text.length : at).trim();
    switch (text.slice(start, colon).toLowerCase()) {
      case 'content-type':
        contentType = value;
        break;
      case 'content-length':
        if (!/^\d{1,15}$/.test(value)) throw new MalformedResponse('Content-Length is not a number');
        contentLength = Number(value);
        break;
      case 'transfer-encoding':
        chunked = value.toLowerCase().endsWith('chunked');
        break;
      case 'connection':
        keepAlive = keepAlive ? !/\bclose\b/i.test(value) : /\bkeep-alive\b/i.test(value);
        break;
      case 'x-amzn-sagemaker-custom-attributes':
        customAttributes = value;
        break;
      case 'x-amzn-sagemaker-new-session-id':
        newSessionId = value;
        break;
      case 'x-amzn-sagemaker-closed-session-id':
        closedSessionId = value;
        break;
      default:
    }
  }
  return {
    status: Number(status[2]),
    contentType,
    customAttributes,
    newSessionId,
    closedSessionId,
    contentLength: chunked ? -1 : contentLength,
    chunked,
    keepAlive,
  };
}

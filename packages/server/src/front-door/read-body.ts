/** Bodies as they come from a socket: whole in memory up to a limit, or piece by piece. */
import { WireError } from '@rung/wire';
import type { IncomingMessage } from 'node:http';
import type { Timeouts } from './timeouts.ts';

/** Thrown where the client went away: nobody is left to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client closed the connection before its request was whole.');
  }
}

const EMPTY = Buffer.alloc(0);

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * The whole body. Thrown: `RequestEntityTooLarge` beyond `limit` bytes (at once where the headers tell), `RequestTimeout` when the client
 * is too slow, `ClientGone`.
 */
export function readWhole(request: IncomingMessage, limit: number, timeouts: Timeouts): Promise<Buffer> {
  if (!hasBody(request)) return Promise.resolve(EMPTY);
  const expected = Number(request.headers['content-length'] ?? Number.NaN);
  if (expected > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const begun = performance.now();
    let length = 0;
    const timer = setTimeout(() => settle(tooSlow()), timeouts.idleBody);
    const settle = (failure?: Error): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      if (failure !== undefined) reject(failure);
      else resolve(pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces, length));
    };
    const onData = (piece: Buffer): void => {
      pieces.push(piece);
      length += piece.length;
      if (length > limit) settle(tooLarge(limit));
      // The end is known before its event comes.
      else if (length === expected) settle();
      else if (performance.now() - begun > timeouts.wholeBody) settle(tooSlow());
      else timer.refresh();
    };
    const onEnd = (): void => settle();
    const onClose = (): void => settle(new ClientGone());
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** The body piece by piece, never more than a piece in memory. Thrown: `RequestTimeout`, `ClientGone`. */
export async function* readPieces(
  request: IncomingMessage,
  timeouts: Timeouts,
): AsyncGenerator<Buffer, void, undefined> {
  if (!hasBody(request)) return;
  // An error must still be answered on this connection, so an early end must not destroy it.
  const pieces = request.iterator({ destroyOnReturn: false });
  let isWaiting = true;
  try {
    for (;;) {
      const next = await withinTime(pieces.next(), timeouts.idleBody);
      if (next.done === true) return;
      isWaiting = false;
      // A request without an encoding set yields buffers.
      yield next.value as Buffer;
      isWaiting = true;
    }
  } finally {
    // Its listener would keep the rest of the body from flowing to whoever drops it. While a piece is awaited it ends only with that.
    const ended = pieces.return?.();
    if (!isWaiting) await ended;
  }
}

async function withinTime<T>(pending: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), ms);
  });
  try {
    return await Promise.race([pending, late]);
  } catch (error) {
    // The stream's own errors are those of a connection that broke.
    throw error instanceof WireError ? error : new ClientGone();
  } finally {
    clearTimeout(timer);
  }
}

function tooLarge(limit: number): WireError {
  return new WireError(
    'RequestEntityTooLarge',
    `The body of the request is larger than the ${limit} bytes that this service takes.`,
  );
}

function tooSlow(): WireError {
  return new WireError(
    'RequestTimeout',
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
    { status: 408 },
  );
}

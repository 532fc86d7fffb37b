import type { WireResponse } from '@rung/wire';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { freePiece, type Pieces } from '../objects/pieces.ts';
import type { Exchange } from './exchange.ts';
import { hasBody } from './read-body.ts';

/** Writes an answer; resolves when it was handed to the operating system, or nobody is left to read it. Thrown: what its body throws. */
export async function sendResponse(exchange: Exchange, answer: WireResponse): Promise<void> {
  const { request, response, requestId } = exchange;
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string | number> = { 'x-amzn-requestid': requestId, ...answer.headers };
  settleRequestBody(exchange, answer.status, headers);
  const { body } = answer;
  if (request.method === 'HEAD' || answer.status === 204 || answer.status === 304) {
    response.writeHead(answer.status, headers).end();
    if (body instanceof Readable) body.destroy();
  } else if (typeof body === 'string' || body instanceof Uint8Array) {
    headers['content-length'] = Buffer.byteLength(body);
    response.writeHead(answer.status, headers).end(body);
  } else {
    response.writeHead(answer.status, headers);
    await sendPieces(response, body);
  }
}

async function sendPieces(response: ServerResponse, body: Pieces): Promise<void> {
  try {
    await (body.disposable === true ? sendAndFree(response, body) : pipeline(body, response));
  } catch (error) {
    // An answer that was begun can only be broken off, so that nobody takes a part for the whole.
    response.destroy();
    if (!isClientGone(error)) throw error;
  }
}

/** A piece goes when the operating system has it, not when the collector comes by: a long body would leave tens of megabytes for that. */
async function sendAndFree(response: ServerResponse, body: Pieces): Promise<void> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  response.once('close', onClose);
  const write = (piece: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      response.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  const take = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const piece of pieces) {
      await write(piece);
      freePiece(piece);
    }
  };
  await pipeline(body, take, { signal: gone.signal });
  response.off('close', onClose);
  await pipeline([], response);
}

function isClientGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECANCELED', 'ECONNRESET', 'EPIPE'].includes(
      String(error.code),
    )
  );
}

/** The most bytes of a refused body that are read and dropped, so that the client gets to read why it was refused; and the most milliseconds. */
const LONGEST_DISCARDED = 64 * 1024 * 1024;
const LONGEST_WAIT = 30_000;

/** What the handler left of the request's body would otherwise be taken for the next request, or keep the connection for ever. */
function settleRequestBody(exchange: Exchange, status: number, headers: Record<string, string | number>): void {
  const { request } = exchange;
  if (request.complete || !hasBody(request)) return;
  // Who was too slow has had time enough.
  if (exchange.awaitsContinue || status === 408) headers['connection'] = 'close';
  else discard(request);
}

function discard(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), LONGEST_WAIT).unref();
  let length = 0;
  request.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > LONGEST_DISCARDED) request.destroy();
  });
  request.on('error', () => undefined).on('close', () => clearTimeout(timer));
  request.resume();
}

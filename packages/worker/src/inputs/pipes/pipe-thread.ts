/**
 * Feeds the named pipes of one channel, in a thread of its own: opening and writing block until the program takes part, and a blocked thread costs
 * nothing and holds nobody else up.
 */
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DataError } from '../../data-error.ts';
import { Platform } from '../../platform/platform.ts';
import { type Entry, type EpochPlace, epochEntries } from './epoch-entries.ts';
import { FifoWriter, NobodyReads } from './fifo-writer.ts';
import { makeFifos } from './make-fifo.ts';
import { type Content, openContent } from './open-content.ts';
import type { PipeNews, PipeOrder } from './pipe-order.ts';
import { sendObject, sendValue } from './send-entry.ts';

const order = workerData as PipeOrder; // given by open-pipes.ts
const { input, delivery } = order;
const flags = new Int32Array(order.flags);
const stopped = (): boolean => Atomics.load(flags, 0) !== 0;
const ending = new AbortController();
const place: EpochPlace = {
  platform: new Platform(order.connectionFile),
  root: order.root,
  instanceCount: order.instanceCount,
  index: order.index,
  signal: ending.signal,
};
// Objects are asked for while others are written: each costs a round trip.
const AHEAD = 4;

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const tell = (news: PipeNews): void => parentPort?.postMessage(news);
parentPort?.once('message', () => ending.abort());

try {
  for (let epoch = 0; !stopped(); epoch += 1) await feed(epoch);
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  if (!stopped())
    tell({ type: 'failed', message: text, ...(error instanceof DataError ? {} : { fault: errorStack(error) }) });
}
// Ends this thread only, and without waiting for connections that are kept alive.
process.exit();

async function feed(epoch: number): Promise<void> {
  const path = fifoPath(epoch);
  const pieces = piecesOf(epoch);
  try {
    // What comes first is at hand before the program asks.
    let next = await pieces.next();
    if (epoch === 0) tell({ type: 'ready' });
    const fifo = openSync(path, constants.O_WRONLY);
    if (stopped()) return closeSync(fifo);
    const writer = new FifoWriter(fifo, stopped);
    try {
      for (; next.done !== true; next = await pieces.next()) await send(writer, next.value);
      writer.flush();
    } catch (error) {
      // Not closed: an end of the data that is none must not look like one to the program, which is ended instead.
      if (!(error instanceof NobodyReads)) throw error;
    }
    if (!stopped()) makeFifos([fifoPath(epoch + 1)]);
    rmSync(path, { force: true });
    closeSync(fifo);
  } finally {
    await pieces.return(undefined);
  }
}

function fifoPath(epoch: number): string {
  return `${order.path}_${epoch}`;
}

interface Piece {
  readonly entry: Entry;
  /** Of an object. */
  readonly content: Content | undefined;
}

async function send(writer: FifoWriter, { entry, content }: Piece): Promise<void> {
  if (entry.type === 'value') return sendValue(writer, entry.bytes, 'A value of the augmented manifest');
  if (content === undefined) return;
  const uri = `s3://${entry.object.bucket}/${entry.object.key}`;
  const form = { gunzip: input.transform === 'gunzip', recordio: delivery.recordio };
  try {
    await sendObject(writer, content, form, uri);
  } finally {
    content.close();
  }
}

/** The pieces of an epoch, the next few of them already opened. */
async function* piecesOf(epoch: number): AsyncGenerator<Piece> {
  const entries = epochEntries(input, delivery, epoch, place);
  const opened: Promise<Piece>[] = [];
  try {
    for await (const entry of entries) {
      const piece = open(entry);
      // Its failure is told when its turn comes.
      piece.catch(() => undefined);
      opened.push(piece);
      const first = opened.length >= AHEAD ? opened.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    for (let first = opened.shift(); first !== undefined; first = opened.shift()) yield await first;
  } finally {
    for (const piece of opened) void piece.then(({ content }) => content?.close()).catch(() => undefined);
  }
}

async function open(entry: Entry): Promise<Piece> {
  if (entry.type === 'value') return { entry, content: undefined };
  try {
    return { entry, content: await openContent(place.platform, place.root, entry.object, place.signal) };
  } catch (error) {
    if (!(error instanceof DataError) || !('line' in entry)) throw error;
    throw new DataError(`Line ${entry.line} of the augmented manifest ${input.uri}: ${error.message}`, {
      cause: error,
    });
  }
}

function errorStack(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

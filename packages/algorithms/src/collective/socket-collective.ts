/** The collective over TCP: every host is connected with every other. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlgorithmError } from '../errors.ts';
import type { Collective } from './collective.ts';
import type { HostAddress } from './host-addresses.ts';
import { Peer } from './peer.ts';

export interface SocketCollectiveOptions {
  readonly rank: number;
  /** Of all hosts, by rank. */
  readonly addresses: readonly HostAddress[];
  /** A connection that does not name the same job is refused. */
  readonly job: string;
  /** How long to wait for hosts that start later, in milliseconds. Default 5 minutes. */
  readonly timeout?: number;
}

/** Below this many numbers a sum is one exchange of whole arrays; above, every host adds up its own part, which spares bytes. */
const WHOLE_ARRAYS = 4096;
const RETRY_MS = 50;

/** Thrown when the other hosts cannot be reached in time, and by every operation once one of them is gone: AlgorithmError. */
export async function openSocketCollective(options: SocketCollectiveOptions): Promise<Collective> {
  const { rank, addresses, job, timeout = 300_000 } = options;
  const own = addresses[rank];
  if (own === undefined) throw new RangeError(`there is no address for rank ${rank}`);
  const deadline = AbortSignal.timeout(timeout);
  const server = createServer();
  server.listen(own.port, own.address);
  await once(server, 'listening');
  try {
    const peers = await Promise.all([
      accepted(server, options, deadline),
      ...addresses.slice(0, rank).map(async (address, to) => {
        const peer = new Peer(await reach(address, to, deadline), to);
        peer.send(greeting(job, rank));
        return [peer];
      }),
    ]);
    return new SocketCollective(
      rank,
      peers.flat().toSorted((a, b) => a.rank - b.rank),
    );
  } catch (error) {
    if (deadline.aborted)
      throw new AlgorithmError(`the hosts of the job did not all come within ${timeout / 1000} s`, { cause: error });
    throw error;
  } finally {
    server.close();
  }
}

function greeting(job: string, rank: number): Buffer {
  return Buffer.from(JSON.stringify({ job, rank }));
}

/** The hosts of higher rank, which connect to this one. */
async function accepted(
  server: Server,
  { rank, addresses, job }: SocketCollectiveOptions,
  deadline: AbortSignal,
): Promise<Peer[]> {
  const expected = new Set(addresses.keys().filter((other) => other > rank));
  const peers: Peer[] = [];
  const everyone = Promise.withResolvers<void>();
  if (expected.size === 0) everyone.resolve();
  deadline.addEventListener('abort', () => everyone.reject(deadline.reason), { once: true });
  server.on('connection', (socket) => {
    void admit(socket).catch(() => socket.destroy());
  });
  const admit = async (socket: Socket): Promise<void> => {
    const pending = new Peer(socket, -1);
    const said: unknown = JSON.parse(Buffer.from(await pending.receive()).toString());
    if (typeof said !== 'object' || said === null || !('job' in said) || !('rank' in said))
      return void socket.destroy();
    if (said.job !== job || typeof said.rank !== 'number' || !expected.delete(said.rank)) return void socket.destroy();
    pending.rank = said.rank;
    peers.push(pending);
    if (expected.size === 0) everyone.resolve();
  };
  await everyone.promise;
  return peers;
}

/** Tries again until the other host listens. */
async function reach({ address, port }: HostAddress, rank: number, deadline: AbortSignal): Promise<Socket> {
  for (;;) {
    deadline.throwIfAborted();
    const socket = connect({ host: address, port, noDelay: true });
    try {
      await once(socket, 'connect', { signal: deadline });
      return socket;
    } catch (error) {
      socket.destroy();
      if (deadline.aborted) throw new Error(`host ${rank + 1} was not reached at ${address}:${port}`, { cause: error });
      await sleep(RETRY_MS);
    }
  }
}

class SocketCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly #peers: readonly Peer[];

  constructor(rank: number, peers: readonly Peer[]) {
    this.rank = rank;
    this.size = peers.length + 1;
    this.#peers = peers;
  }

  async sum(values: Float32Array | Float64Array): Promise<void> {
    if (values.length <= WHOLE_ARRAYS)
      return addUp(
        values,
        (await this.gather(bytesOf(values))).map((bytes) => sameKind(values, bytes)),
      );
    const part = (rank: number) =>
      values.subarray(
        Math.floor((values.length * rank) / this.size),
        Math.floor((values.length * (rank + 1)) / this.size),
      );
    for (const peer of this.#peers) peer.send(bytesOf(part(peer.rank)));
    const own = part(this.rank);
    const parts = await this.#everyone(own.slice());
    addUp(own, parts);
    for (const peer of this.#peers) peer.send(bytesOf(own));
    for (const peer of this.#peers) part(peer.rank).set(sameKind(values, await peer.receive()));
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    for (const peer of this.#peers) peer.send(bytes);
    const received = await Promise.all(this.#peers.map((peer) => peer.receive()));
    // A copy: the caller may change its own while it looks at the answer.
    return received.toSpliced(this.rank, 0, new Uint8Array(bytes));
  }

  async broadcast(bytes: Uint8Array): Promise<Uint8Array> {
    const [first] = this.#peers;
    if (this.rank > 0 && first !== undefined) return first.receive();
    for (const peer of this.#peers) peer.send(bytes);
    return bytes;
  }

  async close(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
  }

  /** This host's array among those that the others sent, by rank. */
  async #everyone<A extends Float32Array | Float64Array>(own: A): Promise<A[]> {
    const received = await Promise.all(this.#peers.map((peer) => peer.receive()));
    return received.map((bytes) => sameKind(own, bytes)).toSpliced(this.rank, 0, own);
  }
}

/** In the order of ranks, so that every host gets the same bits. */
function addUp(target: Float32Array | Float64Array, parts: readonly (Float32Array | Float64Array)[]): void {
  target.fill(0);
  for (const part of parts) {
    if (part.length !== target.length)
      throw new AlgorithmError(
        `the hosts of the job add up arrays of different lengths: ${part.length} and ${target.length}`,
      );
    for (let i = 0; i < part.length; i++) target[i] = (target[i] ?? 0) + (part[i] ?? 0);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function sameKind<A extends Float32Array | Float64Array>(like: A, bytes: Uint8Array): A {
  // A frame has memory of its own, from its first byte on; a copy where it has not.
  const { buffer, byteOffset, byteLength } =
    bytes.byteOffset % like.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  const length = byteLength / like.BYTES_PER_ELEMENT;
  // Safe: the constructor follows the type of the array.
  return (
    like instanceof Float32Array
      ? new Float32Array(buffer, byteOffset, length)
      : new Float64Array(buffer, byteOffset, length)
  ) as A;
}

/**
 * The connections to one instance, and the requests that wait for one. The pool outlives routing snapshots: it belongs to the instance, so
 * that an update of weights neither drops a connection nor forgets what is outstanding.
 */
import type { NetConnectOpts } from 'node:net';
import { parseInstanceAddress } from './instance-address.ts';
import { InstanceConnection, type ConnectionOwner, type Exchange } from './instance-connection.ts';

export interface PoolLimits {
  /** Requests that one instance works on at the same time. Default 128. */
  readonly maxConnections: number;
  /** Requests that wait for one of those connections. Default 512. */
  readonly maxQueued: number;
  /**
   * Milliseconds after which an unused connection is not used again. Default 1500: the shortest keep-alive among common model servers is 2 s, and a
   * request must not meet a connection that the server is just closing.
   */
  readonly idleMs: number;
}

export const defaultPoolLimits: PoolLimits = { maxConnections: 128, maxQueued: 512, idleMs: 1500 };

export class InstancePool implements ConnectionOwner {
  readonly workloadId: string;
  readonly address: string;
  /** Requests sent to the instance or waiting for a connection. */
  outstanding = 0;
  /** Not to be chosen before this moment (`performance.now()`): it refused a connection a short while ago. */
  avoidUntil = 0;
  /** Called when {@link outstanding} becomes zero. */
  onIdle: (() => void) | undefined;
  #target: NetConnectOpts;
  #limits: PoolLimits;
  /** Most connections that the instance seems to bear: lowered when it answers that its backlog is full. */
  #bearable: number;
  #free: InstanceConnection[] = [];
  #live = new Set<InstanceConnection>();
  #busy = new Map<Exchange, InstanceConnection>();
  #queue = new Set<Exchange>();
  #closed = false;

  constructor(workloadId: string, address: string, limits: PoolLimits = defaultPoolLimits) {
    this.workloadId = workloadId;
    this.address = address;
    this.#target = parseInstanceAddress(address);
    this.#limits = limits;
    this.#bearable = limits.maxConnections;
  }

  /** False: too many requests wait already, and nothing was done. */
  submit(exchange: Exchange): boolean {
    const connection = this.#takeFree() ?? this.#open();
    if (connection === undefined) {
      if (this.#queue.size >= this.#limits.maxQueued) return false;
      this.#queue.add(exchange);
    } else {
      this.#send(connection, exchange);
    }
    this.outstanding += 1;
    return true;
  }

  /** The exchange has ended, well or not: the caller must say so exactly once for each submitted one. */
  settle(exchange: Exchange): void {
    this.#busy.delete(exchange);
    this.#queue.delete(exchange);
    this.outstanding -= 1;
    if (this.outstanding > 0) return;
    if (this.#closed) this.dropFree();
    this.onIdle?.();
  }

  /** Takes it out of the queue, or ends the connection that carries it. */
  cancel(exchange: Exchange): void {
    const connection = this.#busy.get(exchange);
    this.settle(exchange);
    connection?.destroy();
  }

  /** The instance's backlog is full: lets the exchange wait for one of the connections that exist. False when there is none. */
  requeue(exchange: Exchange): boolean {
    this.#busy.delete(exchange);
    if (this.#live.size === 0) return false;
    this.#bearable = this.#live.size;
    this.#queue.add(exchange);
    return true;
  }

  /** Ends the connections that carry nothing: one of them turned out to be dead, so the others may be. */
  dropFree(): void {
    for (const connection of this.#free.splice(0)) connection.destroy();
  }

  pause(exchange: Exchange): void {
    this.#busy.get(exchange)?.pause();
  }

  resume(exchange: Exchange): void {
    this.#busy.get(exchange)?.resume();
  }

  /** No more requests will come. Those under way finish; connections end when they have. */
  retire(): void {
    this.#closed = true;
    this.dropFree();
  }

  /** Ends connections that have been unused for so long that the instance may close them at any moment. */
  dropIdle(now: number): void {
    const fresh = this.#free.findIndex((connection) => now - connection.freeSince < this.#limits.idleMs);
    const stale = fresh < 0 ? this.#free.splice(0) : this.#free.splice(0, fresh);
    for (const connection of stale) connection.destroy();
  }

  onFree(connection: InstanceConnection): void {
    const next = this.#queue.values().next().value;
    if (next !== undefined) {
      this.#queue.delete(next);
      this.#send(connection, next);
      return;
    }
    if (this.#closed) return connection.destroy();
    connection.freeSince = performance.now();
    this.#free.push(connection);
  }

  onClosed(connection: InstanceConnection): void {
    this.#live.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    const next = this.#queue.values().next().value;
    if (next === undefined) return;
    const fresh = this.#open();
    if (fresh === undefined) return;
    this.#queue.delete(next);
    this.#send(fresh, next);
  }

  #send(connection: InstanceConnection, exchange: Exchange): void {
    this.#busy.set(exchange, connection);
    exchange.onSent();
    connection.send(exchange);
  }

  #takeFree(): InstanceConnection | undefined {
    const connection = this.#free.pop();
    if (connection === undefined) return undefined;
    if (performance.now() - connection.freeSince < this.#limits.idleMs) return connection;
    // The most recently used one is stale, so all of them are.
    connection.destroy();
    this.dropFree();
    return undefined;
  }

  #open(): InstanceConnection | undefined {
    if (this.#live.size >= this.#bearable && this.#live.size > 0) return undefined;
    const connection = new InstanceConnection(this.#target, this);
    this.#live.add(connection);
    return connection;
  }
}

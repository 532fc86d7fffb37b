/**
 * The loop that every controller runs in: claim what is due, reconcile it, write the answer under the lease. It sleeps until the store's
 * next due moment and is woken by hints, so latency waits for no poll and an idle control plane does nothing.
 */
import type { ServerResources } from '../resources.ts';
import type { Kind } from '../store/resource.ts';
import type { Claim, ResourceChange } from '../store/store.ts';
import type { Controller } from './controller.ts';
import { Pulse } from './pulse.ts';

export interface ControllerLoopOptions {
  /** Who holds the leases. Default {@link controlPlaneOwner}; two control planes on one store need two names. */
  owner?: string;
  /** Steps that run at the same time. Default 16. */
  parallelism?: number;
  /** How long a lease lasts without a heartbeat. Default 30,000 ms. */
  leaseMs?: number;
}

export interface ControllerLoop {
  /** Makes the resource due now, unless it is settled. For news that reach this process by another way than the store. */
  wake(name: string): void;
  /** Claims nothing more and resolves when the running steps have ended, or after `drainMs` (default 10,000) at the latest. */
  stop(drainMs?: number): Promise<void>;
}

/** The owner of all leases of a state folder's one control plane: `store.releaseAll` of it at start frees what a killed one held. */
export const controlPlaneOwner = 'control-plane';

/** Longest sleep of an idle loop: bounds the delay when another process writes to the store and no hint reaches this one. */
const longestSleepMs = 10_000;
const firstBackoffMs = 200;
const longestBackoffMs = 30_000;

/** Resolves once the controller has begun; the loop then runs until {@link ControllerLoop.stop}. */
export async function startControllerLoop<K extends Kind>(
  controller: Controller<K>,
  resources: ServerResources,
  options: ControllerLoopOptions = {},
): Promise<ControllerLoop> {
  const loop = new Loop(controller, resources, options);
  await controller.begin?.(resources);
  loop.start();
  return loop;
}

class Loop<K extends Kind> implements ControllerLoop {
  readonly #controller: Controller<K>;
  readonly #resources: ServerResources;
  readonly #owner: string;
  readonly #parallelism: number;
  readonly #leaseMs: number;
  readonly #pulse: Pulse;
  readonly #steps = new Set<Promise<void>>();
  /** Names being worked on, and whether news came in meanwhile. */
  readonly #busy = new Map<string, { news: boolean }>();
  /** Errors in a row by name. */
  readonly #failures = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #abandon = new AbortController();
  /** Why the store does not answer. */
  #trouble: string | undefined;
  #unsubscribe: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(controller: Controller<K>, resources: ServerResources, options: ControllerLoopOptions) {
    this.#controller = controller;
    this.#resources = resources;
    this.#owner = options.owner ?? controlPlaneOwner;
    this.#parallelism = options.parallelism ?? 16;
    this.#leaseMs = options.leaseMs ?? 30_000;
    this.#pulse = new Pulse(resources.clock);
  }

  start(): void {
    const { store } = this.#resources;
    this.#unsubscribe.push(store.onHint((kind) => kind === this.#controller.kind && this.#pulse.beat()));
    const unwatch = this.#controller.watch?.((name) => this.wake(name), this.#resources);
    if (unwatch !== undefined) this.#unsubscribe.push(unwatch);
    this.#running = this.#run();
  }

  wake(name: string): void {
    const busy = this.#busy.get(name);
    if (busy !== undefined) busy.news = true;
    else if (!this.#stopping.signal.aborted) void this.#makeDue(name);
  }

  async stop(drainMs = 10_000): Promise<void> {
    this.#stopping.abort();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#pulse.beat();
    await this.#running;
    const drained = new AbortController();
    const steps = Promise.all(this.#steps).then(() => drained.abort());
    await Promise.race([steps, this.#resources.clock.sleep(drainMs, drained.signal)]);
    this.#abandon.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const idleMs = await this.#claimAndStart();
        this.#noteStore(undefined);
        await this.#pulse.wait(idleMs);
      } catch (error) {
        this.#noteStore(error instanceof Error ? error : new Error(String(error)));
        await this.#resources.clock.sleep(1_000, this.#stopping.signal);
      }
    }
  }

  /** Says once that the store does not answer, and once that it does again: a disk may stay full for days, and the log may be on it. */
  #noteStore(trouble: Error | undefined): void {
    const { logger } = this.#resources;
    const { kind } = this.#controller;
    const text = trouble?.message;
    if (text === this.#trouble) return;
    this.#trouble = text;
    if (text === undefined) logger.warn({ kind }, 'the store answers again');
    else logger.error({ err: trouble, kind }, 'the store does not answer; it is tried again every second');
  }

  /** Starts a step for everything that is due, and answers how long nothing else will be. */
  async #claimAndStart(): Promise<number> {
    const { store, clock } = this.#resources;
    const { kind } = this.#controller;
    const free = this.#parallelism - this.#steps.size;
    // A step that ends beats the pulse.
    if (free <= 0) return longestSleepMs;
    const claims = await store.claim(kind, { owner: this.#owner, leaseMs: this.#leaseMs, limit: free });
    for (const claim of claims) this.#begin(claim);
    if (claims.length === free) return longestSleepMs;
    const due = await store.nextDue(kind);
    if (due === undefined) return longestSleepMs;
    return Math.min(Math.max(due.getTime() - clock.now().getTime(), 1), longestSleepMs);
  }

  #begin(claim: Claim<K>): void {
    const step = this.#step(claim).finally(() => {
      this.#steps.delete(step);
      this.#pulse.beat();
    });
    this.#steps.add(step);
  }

  async #step(claim: Claim<K>): Promise<void> {
    const { name } = claim.resource;
    const state = { news: false };
    this.#busy.set(name, state);
    const done = new AbortController();
    try {
      const change = await this.#controller.reconcile(claim, this.#resources, this.#keepLease(claim, done.signal));
      await this.#write(claim, change, state);
      this.#failures.delete(name);
    } catch (error) {
      await this.#failed(claim, error);
    } finally {
      done.abort();
      if (this.#busy.get(name) === state) this.#busy.delete(name);
    }
    if (state.news) this.wake(name);
  }

  async #write(claim: Claim<K>, change: ResourceChange<K> | undefined, state: { news: boolean }): Promise<void> {
    const { store, clock } = this.#resources;
    if (change === undefined) return store.release(claim);
    // News that came during the step ask for another one; what became settled needs none.
    const again = state.news && change.due instanceof Date;
    state.news = false;
    const written = await store.commit(claim, again ? { ...change, due: clock.now() } : change);
    if (written === undefined) await this.#controller.dropped?.(claim, this.#resources);
  }

  async #failed(claim: Claim<K>, error: unknown): Promise<void> {
    const { store, clock, logger } = this.#resources;
    const { kind, name } = claim.resource;
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    const backoffMs = Math.min(firstBackoffMs * 2 ** (failures - 1), longestBackoffMs);
    logger.error({ err: error, kind, name, failures, backoffMs }, 'a step failed; it will be tried again');
    try {
      await store.release(claim, new Date(clock.now().getTime() + backoffMs));
    } catch (cause) {
      // The lease runs out by itself.
      logger.error({ err: cause, kind, name }, 'the lease could not be given back');
    }
  }

  /** Prolongs the lease until `done`; the signal it answers aborts when the lease is lost or the loop no longer waits. */
  #keepLease(claim: Claim<K>, done: AbortSignal): AbortSignal {
    const lost = new AbortController();
    void this.#heartbeat(claim, done, lost);
    return AbortSignal.any([lost.signal, this.#abandon.signal]);
  }

  async #heartbeat(claim: Claim<K>, done: AbortSignal, lost: AbortController): Promise<void> {
    const { store, clock, logger } = this.#resources;
    for (;;) {
      await clock.sleep(this.#leaseMs / 3, done);
      if (done.aborted) return;
      try {
        if (await store.renew(claim, this.#leaseMs)) continue;
        lost.abort();
        return;
      } catch (error) {
        logger.error(
          { err: error, kind: claim.resource.kind, name: claim.resource.name },
          'a lease could not be prolonged',
        );
      }
    }
  }

  async #makeDue(name: string): Promise<void> {
    const { store, clock, logger } = this.#resources;
    try {
      await store.update(this.#controller.kind, name, (current) =>
        this.#controller.settled(current) ? undefined : { due: clock.now() },
      );
    } catch (error) {
      // A hint is best effort: the row is looked at again when it is due.
      logger.warn({ err: error, kind: this.#controller.kind, name }, 'a hint was lost');
    }
  }
}

/** Requests that wait for a worker, oldest first. */
import type { Answer, Invocation } from './frames.ts';

export interface Waiting {
  readonly invocation: Invocation;
  /** Milliseconds, of `performance.now()`. */
  readonly since: number;
  /** Not to be joined with others: it was part of a batch that ended a worker. */
  readonly alone: boolean;
  answer(answer: Answer): void;
  /** The caller has gone: nobody wants the answer. */
  abandoned(): boolean;
}

/** Bytes of bodies in one batch: beyond that, joining saves nothing. */
const BATCH_BYTES = 1_048_576;

export class RequestQueue {
  readonly #limit: number;
  #requests: Waiting[] = [];
  /** Where the oldest is: the front of the array is cut off now and then, not at each request. */
  #first = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#requests.length - this.#first;
  }

  get oldest(): Waiting | undefined {
    return this.#requests[this.#first];
  }

  /** `false`: the queue is full. */
  add(request: Waiting): boolean {
    if (this.length >= this.#limit) return false;
    this.#requests.push(request);
    return true;
  }

  /** Back to the front, whatever the limit: they were let in before. */
  putBack(requests: readonly Waiting[]): void {
    this.#requests = [...requests, ...this.#requests.slice(this.#first)];
    this.#first = 0;
  }

  /** The oldest requests that still have a caller, `most` of them at most. Empty when there is none. */
  take(most: number): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    while (batch.length < most) {
      const next = this.oldest;
      if (next === undefined) break;
      const joined = batch.length > 0;
      if (joined && (next.alone || bytes + next.invocation.bodyLength > BATCH_BYTES)) break;
      this.#drop();
      if (next.abandoned()) continue;
      batch.push(next);
      bytes += next.invocation.bodyLength;
      if (next.alone) break;
    }
    return batch;
  }

  /** Takes out the requests that came before `time`. */
  expire(time: number): Waiting[] {
    const late: Waiting[] = [];
    for (let next = this.oldest; next !== undefined && next.since < time; next = this.oldest) {
      late.push(next);
      this.#drop();
    }
    return late;
  }

  #drop(): void {
    this.#first += 1;
    if (this.#first > 1024 && this.#first * 2 > this.#requests.length) {
      this.#requests = this.#requests.slice(this.#first);
      this.#first = 0;
    }
  }
}

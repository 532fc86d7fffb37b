/** The workers of a model: as many as asked for, each with one batch at a time, replaced when they fail, leak or hang. */
import { BatchDelay } from './batch-delay.ts';
import type { Answer, Invocation } from './frames.ts';
import { ModelWorker, type WorkerCommand, type WorkerDescription } from './model-worker.ts';
import { RequestQueue, type Waiting } from './request-queue.ts';
import type { ModelServerSettings } from './settings.ts';

export interface PoolOptions {
  readonly settings: ModelServerSettings;
  readonly command: WorkerCommand;
  /** A line for the log. */
  readonly tell: (text: string) => void;
}

/** A place for a worker; its worker changes. */
interface Place {
  worker: ModelWorker | undefined;
  state: 'starting' | 'idle' | 'busy' | 'down';
  batch: readonly Waiting[];
  /** When the batch was sent, of `performance.now()`. */
  sent: number;
  timer: NodeJS.Timeout | undefined;
  /** Failures in a row. */
  failures: number;
  /** Bytes in memory when the model was loaded and a few requests were answered. */
  baseline: number | undefined;
  looked: number;
  successor: ModelWorker | undefined;
}

const IMPLICIT_BATCH = 64;
const LONGEST_BACKOFF_MS = 30_000;
const FORGIVEN_MS = 30_000;
/** How often a worker's memory is looked at. */
const LOOK_MS = 1000;

export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #queue: RequestQueue;
  readonly #places: Place[];
  readonly #sweep: NodeJS.Timeout;
  #description: WorkerDescription | undefined;
  #batchSize = 1;
  readonly #delay = new BatchDelay();
  #delayed: NodeJS.Timeout | undefined;
  #delayedFrom = 0;
  #dispatching = false;
  #stopping = false;
  #idle: (() => void) | undefined;
  #first: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#queue = new RequestQueue(options.settings.queueLength);
    this.#places = Array.from({ length: options.settings.workers }, () => ({
      worker: undefined,
      state: 'down',
      batch: [],
      sent: 0,
      timer: undefined,
      failures: 0,
      baseline: undefined,
      looked: 0,
      successor: undefined,
    }));
    this.#sweep = setInterval(() => this.#expire(), Math.min(500, options.settings.timeoutMs)).unref();
  }

  /** A worker has loaded the model and can answer. */
  get healthy(): boolean {
    return this.#places.some(({ state }) => state === 'idle' || state === 'busy');
  }

  /** What the first worker told of the model; `undefined` until then. */
  get description(): WorkerDescription | undefined {
    return this.#description;
  }

  /**
   * Resolves when the first worker has loaded the model; the others load it afterwards, so that the first is ready as soon as can be.
   * Thrown when it could not, with the worker's own reason.
   */
  start(): Promise<void> {
    const [place] = this.#places;
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      const { startupMs } = this.#options.settings;
      if (place !== undefined) this.#start(place);
      const late = `The model was not loaded within ${startupMs / 1000} s (SAGEMAKER_STARTUP_TIMEOUT).`;
      setTimeout(() => this.#first?.reject(new Error(late)), startupMs).unref();
    });
  }

  /** `abandoned`: whether the caller has gone meanwhile. Never rejects: a failure is an answer, too. */
  invoke(invocation: Invocation, abandoned: () => boolean): Promise<Answer> {
    return new Promise((answer) => {
      const waiting: Waiting = { invocation, since: performance.now(), alone: false, answer, abandoned };
      if (this.#queue.add(waiting)) this.#soon();
      else answer(busy(`${this.#queue.length} requests are waiting already`));
    });
  }

  /** Finishes what has come in, for `graceMs` at most, and ends the workers. */
  async close(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (!this.#quiet()) {
      await Promise.race([
        new Promise<void>((resolve) => (this.#idle = resolve)),
        new Promise((resolve) => setTimeout(resolve, graceMs).unref()),
      ]);
    }
    clearInterval(this.#sweep);
    for (const place of this.#places) {
      clearTimeout(place.timer);
      place.successor?.kill();
      if (place.state === 'idle') place.worker?.end();
      else place.worker?.kill();
    }
  }

  /** Behind everything else that has arrived by now: what comes together goes to a worker together. */
  #soon(): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    setImmediate(() => {
      this.#dispatching = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const idle = this.#places.filter(({ state }) => state === 'idle');
    for (const [index, place] of idle.entries()) {
      const { length } = this.#queue;
      if (length === 0) break;
      if (this.#mustWait(length)) return;
      // What waits is shared out: two workers with half of it each are done sooner than one with all of it.
      const share = Math.ceil(length / (idle.length - index));
      const batch = this.#queue.take(Math.min(this.#batchSize, share));
      if (batch.length > 0) this.#send(place, batch);
    }
    if (this.#stopping && this.#quiet()) this.#idle?.();
  }

  /** Whether the oldest request shall wait on for others to join it. */
  #mustWait(length: number): boolean {
    if (this.#delayed !== undefined) {
      if (length < this.#batchSize) return true;
      clearTimeout(this.#delayed);
      this.#delayed = undefined;
      this.#delay.waited(length - this.#delayedFrom);
      return false;
    }
    if (this.#batchSize === 1 || length >= this.#batchSize || this.#stopping) return false;
    const delay = this.#delay.next();
    const waited = performance.now() - (this.#queue.oldest?.since ?? 0);
    if (delay <= waited) return false;
    this.#delayedFrom = length;
    this.#delayed = setTimeout(() => {
      this.#delayed = undefined;
      this.#delay.waited(this.#queue.length - this.#delayedFrom);
      const place = this.#places.find(({ state }) => state === 'idle');
      if (place !== undefined) this.#send(place, this.#queue.take(this.#batchSize));
      this.#dispatch();
    }, delay - waited);
    return true;
  }

  #send(place: Place, batch: readonly Waiting[]): void {
    if (batch.length === 0 || place.worker === undefined) return;
    place.state = 'busy';
    place.batch = batch;
    place.sent = performance.now();
    const { worker } = place;
    const { timeoutMs } = this.#options.settings;
    place.timer = setTimeout(() => {
      this.#options.tell(`A request was not answered within ${timeoutMs / 1000} s: its worker is replaced.`);
      const answer = failure(
        504,
        `The model did not answer within ${timeoutMs / 1000} s (SAGEMAKER_MODEL_SERVER_TIMEOUT).`,
      );
      this.#answer(
        place,
        place.batch.map(() => answer),
      );
      worker.kill();
    }, timeoutMs);
    worker.send(batch.map(({ invocation }) => invocation));
  }

  #answer(place: Place, answers: readonly Answer[]): void {
    clearTimeout(place.timer);
    const { batch } = place;
    place.batch = [];
    for (const [index, request] of batch.entries())
      request.answer(answers[index] ?? failure(500, 'The worker left a request without an answer.'));
  }

  #start(place: Place): void {
    place.state = 'starting';
    place.baseline = undefined;
    place.worker = this.#spawn(place, () => this.#settled(place));
  }

  /** A worker for the place; `ready` is called when it has loaded the model. */
  #spawn(place: Place, ready: (worker: ModelWorker) => void): ModelWorker {
    const worker: ModelWorker = new ModelWorker(this.#options.command, {
      ready: (description) => {
        this.#learn(description);
        ready(worker);
      },
      answered: (answers) => {
        if (place.worker !== worker || place.state !== 'busy') return;
        this.#delay.worked(performance.now() - place.sent);
        this.#answer(place, answers);
        place.state = 'idle';
        this.#look(place, worker);
        this.#soon();
      },
      ended: (reason) => this.#ended(place, worker, reason),
    });
    return worker;
  }

  #settled(place: Place): void {
    place.state = 'idle';
    this.#first?.resolve();
    this.#first = undefined;
    for (const other of this.#places) if (other.state === 'down' && other.timer === undefined) this.#start(other);
    this.#dispatch();
  }

  #learn(description: WorkerDescription): void {
    this.#description = description;
    const { maxBatchSize, maxBatchDelayMs } = this.#options.settings;
    const wanted = maxBatchSize ?? description.max_batch_size ?? (description.implicit ? IMPLICIT_BATCH : 1);
    this.#batchSize = description.batchable ? Math.max(1, wanted) : 1;
    const asked = maxBatchDelayMs ?? description.max_batch_delay_ms;
    this.#delay.asked = asked === 0 && description.implicit && maxBatchDelayMs === undefined ? undefined : asked;
  }

  #ended(place: Place, worker: ModelWorker, reason: string): void {
    if (place.successor === worker) place.successor = undefined;
    if (place.worker !== worker) return; // one that was replaced, as it should
    const { batch, state } = place;
    place.worker = undefined;
    place.state = 'down';
    clearTimeout(place.timer);
    place.timer = undefined;
    if (this.#first !== undefined) {
      this.#first.reject(new Error(reason));
      this.#first = undefined;
      return;
    }
    if (this.#stopping) return this.#giveUp(place);
    const lived = worker.readyAt === undefined ? 0 : performance.now() - worker.readyAt;
    place.failures = lived > FORGIVEN_MS ? 1 : place.failures + 1;
    const wait = place.failures === 1 ? 0 : Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (place.failures - 2));
    this.#options.tell(`${reason} It is replaced${wait === 0 ? '' : ` in ${wait / 1000} s`}.`);
    if (state === 'busy') this.#afterCrash(place, batch, reason);
    if (place.successor !== undefined) return; // it is about to take the place
    place.timer = setTimeout(() => {
      place.timer = undefined;
      this.#start(place);
    }, wait);
  }

  /** One of the batch is to blame, and nobody knows which: where we joined them unasked, each is asked again by itself. */
  #afterCrash(place: Place, batch: readonly Waiting[], reason: string): void {
    if (batch.length > 1 && this.#description?.implicit === true) {
      place.batch = [];
      this.#queue.putBack(batch.map((request) => ({ ...request, alone: true })));
      return;
    }
    const answer = failure(
      500,
      `The model's worker ended while it worked on the request. ${reason} See the endpoint's log.`,
    );
    this.#answer(
      place,
      batch.map(() => answer),
    );
  }

  #giveUp(place: Place): void {
    const answer = failure(503, 'The model server is stopping.');
    this.#answer(
      place,
      place.batch.map(() => answer),
    );
    if (this.#quiet()) this.#idle?.();
  }

  /** Replaces a worker that has grown or has done its share: its successor loads the model while it goes on answering. */
  #look(place: Place, worker: ModelWorker): void {
    const { maxRequests, maxWorkerBytes } = this.#options.settings;
    const now = performance.now();
    if (place.successor !== undefined || now - place.looked < LOOK_MS) return;
    place.looked = now;
    const bytes = worker.memory();
    place.baseline ??= bytes;
    const grown =
      maxWorkerBytes !== undefined &&
      bytes !== undefined &&
      bytes > maxWorkerBytes &&
      bytes > 1.2 * (place.baseline ?? 0);
    const done = maxRequests !== undefined && worker.requests >= maxRequests;
    // A worker that needs replacing all the time would do nothing but load: it works ten times as long as it loads.
    const loading = (worker.readyAt ?? now) - worker.started;
    if ((!grown && !done) || this.#stopping || now - (worker.readyAt ?? now) < 10 * loading) return;
    const why = grown
      ? `uses ${Math.round((bytes ?? 0) / 1_048_576)} MiB of memory`
      : `has answered ${worker.requests} requests`;
    this.#options.tell(`A worker ${why}: another one takes its place.`);
    place.successor = this.#spawn(place, (successor) => this.#takeOver(place, successor));
  }

  #takeOver(place: Place, successor: ModelWorker): void {
    const old = place.worker;
    if (place.state === 'busy') {
      // Between two batches is the moment to change.
      setTimeout(() => this.#takeOver(place, successor), 5);
      return;
    }
    if (place.successor !== successor) return;
    place.successor = undefined;
    place.worker = successor;
    place.baseline = undefined;
    old?.end();
    this.#settled(place);
  }

  #expire(): void {
    const { timeoutMs } = this.#options.settings;
    for (const request of this.#queue.expire(performance.now() - timeoutMs))
      request.answer(busy(`the request has waited for ${timeoutMs / 1000} s`));
  }

  #quiet(): boolean {
    return this.#queue.length === 0 && this.#places.every(({ state }) => state !== 'busy');
  }
}

function busy(why: string): Answer {
  return {
    ...failure(503, `The model is overloaded: ${why}. Try again later, or serve it with more workers or instances.`),
    retryAfter: 1,
  };
}

function failure(status: number, message: string): Answer {
  return { status, contentType: 'text/plain', body: Buffer.from(message) };
}

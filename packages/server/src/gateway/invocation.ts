/** One request on its way through the gateway: chooses an instance, sends, waits with a limit, and tells the caller exactly once what came. */
import type { WireError } from '@rung/wire';
import { chooseInstance, chooseVariant } from './choose.ts';
import type { Exchange, ExchangeFailure } from './instance-connection.ts';
import type { InstancePool } from './instance-pool.ts';
import {
  endpointNotFound,
  instanceBroke,
  modelAnsweredGarbage,
  modelRefused,
  modelTimedOut,
  noInstance,
  tooManyWaiting,
  variantNotFound,
} from './invocation-errors.ts';
import { formatRequestHead } from './request-head.ts';
import type { ResponseHead } from './response-reader.ts';
import type { EndpointRoute, RoutingTable, VariantRoute } from './routing-table.ts';
import type { InvocationOutcome } from './variant-counters.ts';

export interface InvocationRequest {
  readonly endpointName: string;
  /** The caller's account, for error texts. */
  readonly account: string;
  readonly body: Uint8Array;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly inferenceId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Sends the request to this variant whatever the weights are. */
  readonly targetVariant?: string | undefined;
  /** When the request arrived, by `performance.now()`. */
  readonly receivedAt: number;
}

/** Who waits for the result: hears either {@link onAnswer} or {@link onError}, once. */
export interface AnswerSink {
  onAnswer(head: ResponseHead, body: readonly Buffer[], variant: string): void;
  onError(error: WireError, variant: string | undefined): void;
}

/** Who wants the body while it is being made: {@link onStart}, parts, and then {@link onEnd} or {@link onBroken}; or {@link onError} alone. */
export interface StreamSink {
  onStart(head: ResponseHead, variant: string): void;
  /** False asks for a pause, until {@link Invocation.resume}. */
  onPart(part: Buffer): boolean;
  onEnd(): void;
  onBroken(message: string): void;
  onError(error: WireError, variant: string | undefined): void;
}

export interface InvocationLimits {
  /** From the moment of sending until the answer is whole (for a stream: until the next part), in milliseconds. Default 60,000. */
  readonly modelTimeoutMs: number;
  /** Longest answer that is kept in memory, in bytes. Default 26,214,400. */
  readonly maxAnswerBytes: number;
}

export const defaultInvocationLimits: InvocationLimits = { modelTimeoutMs: 60_000, maxAnswerBytes: 26_214_400 };

/** Longest error body that is read from a model, in bytes. */
const maxErrorBytes = 65_536;
/** How long an instance that refused a connection is passed over, in milliseconds, when others are there. */
const avoidMs = 500;
const maxAttempts = 4;

export class Invocation implements Exchange {
  requestHead = '';
  readonly requestBody: Uint8Array;
  #request: InvocationRequest;
  #table: RoutingTable;
  #limits: InvocationLimits;
  #answer: AnswerSink | undefined;
  #stream: StreamSink | undefined;
  #route: EndpointRoute | undefined;
  #variant: VariantRoute | undefined;
  #instance: InstancePool | undefined;
  #attempts = 0;
  #unread = false;
  #sentAt = -1;
  #head: ResponseHead | undefined;
  #parts: Buffer[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(
    request: InvocationRequest,
    table: RoutingTable,
    limits: InvocationLimits,
    sink: { answer: AnswerSink } | { stream: StreamSink },
  ) {
    this.#request = request;
    this.#table = table;
    this.#limits = limits;
    this.requestBody = request.body;
    if ('answer' in sink) this.#answer = sink.answer;
    else this.#stream = sink.stream;
  }

  start(): void {
    const { endpointName, targetVariant, account } = this.#request;
    const route = this.#table.find(endpointName);
    if (route === undefined) return this.#refuse(endpointNotFound(endpointName, account));
    this.#route = route;
    const variant =
      targetVariant === undefined ? chooseVariant(route) : route.variants.find(({ name }) => name === targetVariant);
    if (variant === undefined) {
      return this.#refuse(targetVariant === undefined ? noInstance(route) : variantNotFound(route, targetVariant));
    }
    this.#variant = variant;
    this.requestHead = formatRequestHead(this.#request);
    this.#timer = setTimeout(() => this.#onTimeout(), this.#limits.modelTimeoutMs);
    this.#attempt(route, variant);
  }

  /** The caller has gone away: the instance need not go on. */
  cancel(): void {
    if (this.#over) return;
    this.#close('cancelled');
  }

  /** Goes on after {@link StreamSink.onPart} answered false. */
  resume(): void {
    if (!this.#over) this.#instance?.resume(this);
  }

  onSent(): void {
    this.#sentAt = performance.now();
    this.#timer?.refresh();
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
    if (isSuccess(head) && this.#variant !== undefined) this.#stream?.onStart(head, this.#variant.name);
  }

  onPart(part: Buffer): void {
    if (this.#head === undefined) return;
    if (this.#stream !== undefined && isSuccess(this.#head)) {
      this.#timer?.refresh();
      if (!this.#stream.onPart(part)) this.#instance?.pause(this);
      return;
    }
    this.#size += part.length;
    if (!isSuccess(this.#head)) {
      if (this.#size - part.length < maxErrorBytes) this.#parts.push(part);
    } else if (this.#size <= this.#limits.maxAnswerBytes) {
      this.#parts.push(part);
    } else {
      this.#failModel((route, variant) =>
        modelAnsweredGarbage(route, variant, `it is longer than ${this.#limits.maxAnswerBytes} bytes`),
      );
    }
  }

  onEnd(): void {
    const head = this.#head;
    const variant = this.#variant;
    if (this.#over || head === undefined || variant === undefined || this.#route === undefined) return;
    if (isSuccess(head)) {
      this.#close('ok');
      this.#stream?.onEnd();
      this.#answer?.onAnswer(head, this.#parts, variant.name);
      return;
    }
    const body = Buffer.concat(this.#parts).toString('utf8');
    this.#close(head.status >= 400 && head.status < 500 ? 'client-error' : 'server-error');
    this.#tell(modelRefused(this.#route, variant, head.status, body));
  }

  onFailure(failure: ExchangeFailure): void {
    const route = this.#route;
    const variant = this.#variant;
    const instance = this.#instance;
    if (this.#over || route === undefined || variant === undefined || instance === undefined) return;
    switch (failure.reason) {
      case 'busy':
        this.#sentAt = -1;
        if (instance.requeue(this)) return;
        return this.#tryAgain(route, variant, instance, instance);
      case 'not-connected':
        return this.#tryAgain(route, variant, instance, instance);
      case 'unread':
        instance.dropFree();
        // Once: a request that makes instances die while they read it shall not go through all of them.
        if (this.#unread) return this.#failModel(() => instanceBroke(route, variant, failure.message));
        this.#unread = true;
        return this.#tryAgain(route, variant, instance);
      case 'malformed':
        return this.#failModel(() => modelAnsweredGarbage(route, variant, failure.message));
      case 'broken':
        this.#table.suspect(instance);
        return this.#failModel(() => instanceBroke(route, variant, failure.message));
    }
  }

  /** The instance has not read the request, so that sending it elsewhere repeats nothing. */
  #tryAgain(route: EndpointRoute, variant: VariantRoute, instance: InstancePool, except?: InstancePool): void {
    instance.avoidUntil = performance.now() + avoidMs;
    instance.settle(this);
    this.#instance = undefined;
    this.#sentAt = -1;
    this.#table.suspect(instance);
    // The route may have been replaced meanwhile, perhaps because of this very failure.
    const now = this.#table.find(route.endpointName);
    const sameVariant = now?.variants.find(({ name }) => name === variant.name);
    this.#attempt(now ?? route, sameVariant ?? variant, except);
  }

  #attempt(route: EndpointRoute, variant: VariantRoute, except?: InstancePool): void {
    this.#attempts += 1;
    const instance =
      this.#attempts > maxAttempts ? undefined : chooseInstance(variant.instances, performance.now(), except);
    if (instance === undefined) return this.#refuse(noInstance(route));
    this.#instance = instance;
    if (instance.submit(this)) return;
    this.#instance = undefined;
    this.#refuse(tooManyWaiting(route, variant));
  }

  #onTimeout(): void {
    if (this.#sentAt < 0) {
      const route = this.#route;
      if (route !== undefined && this.#variant !== undefined) this.#refuse(tooManyWaiting(route, this.#variant));
      return;
    }
    this.#failModel(modelTimedOut);
  }

  /** The instance gave no usable answer. */
  #failModel(error: (route: EndpointRoute, variant: VariantRoute) => WireError): void {
    if (this.#over || this.#route === undefined || this.#variant === undefined) return;
    this.#close('no-answer');
    this.#tell(error(this.#route, this.#variant));
  }

  #refuse(error: WireError): void {
    this.#close('rejected');
    this.#tell(error);
  }

  #tell(error: WireError): void {
    const started = this.#stream !== undefined && this.#head !== undefined && isSuccess(this.#head);
    if (started) this.#stream?.onBroken(error.message);
    else (this.#stream ?? this.#answer)?.onError(error, this.#variant?.name);
  }

  /** Frees what the request holds and counts it. */
  #close(outcome: InvocationOutcome | 'cancelled'): void {
    this.#over = true;
    clearTimeout(this.#timer);
    const instance = this.#instance;
    if (instance !== undefined) {
      if (outcome === 'ok' || outcome === 'client-error' || outcome === 'server-error') instance.settle(this);
      else instance.cancel(this);
    }
    if (outcome === 'cancelled') return;
    const now = performance.now();
    const total = (now - this.#request.receivedAt) * 1000;
    const model = this.#sentAt < 0 ? -1 : (now - this.#sentAt) * 1000;
    this.#variant?.counters.add(outcome, model, total - Math.max(0, model));
  }
}

function isSuccess(head: ResponseHead): boolean {
  return head.status >= 200 && head.status < 300;
}

import type { Credentials, SigningOptions, UnsignedRequest } from '../sigv4/index.ts';

/** What a client needs from the program around it: an address, keys, and two functions that do its work outside. */
export interface ClientOptions {
  /** Where the service answers, such as `http://127.0.0.1:7070`. Default: AWS's own address of the service in the region. */
  endpoint?: string | URL;
  region: string;
  /** Keys, or a function that gives the keys that hold now. */
  credentials: Credentials | (() => Credentials | Promise<Credentials>);
  /** Sends one request and gives its response, whatever its status. Rejects only when no response came. */
  send: (request: SendRequest) => Promise<SendResponse>;
  /** Gives the headers to send; `signRequest` of this package does. */
  sign: (request: UnsignedRequest, credentials: Credentials, options: SigningOptions) => Record<string, string>;
  /** How many times a call is tried in all, when the connection fails, the service is at fault or throttles. Default: 3. */
  attempts?: number;
  /** Longest pause before the second try, in milliseconds; it doubles with each try up to 20 s, and is drawn at random below that. Default: 100. */
  retryDelayMs?: number;
}

export interface SendRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  /** Undefined for none. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal;
}

export interface SendResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface CallOptions {
  /** Aborts the call, and the pauses between its tries. */
  signal?: AbortSignal;
}

export interface WaitOptions extends CallOptions {
  /** Seconds between two looks. Default: what AWS gives for the waiter, 30 to 120 s. */
  delaySeconds?: number;
  /** Looks after which to give up. Default: what AWS gives for the waiter. */
  maxAttempts?: number;
}

/** Typed calls of one service. */
export interface ServiceClient<Operations> {
  /** Thrown when the service answers an error, or no answer came in all tries (`WireError`). */
  call<Name extends keyof Operations & string>(
    operation: Name,
    input: InputOf<Operations, Name>,
    options?: CallOptions,
  ): Promise<OutputOf<Operations, Name>>;
  /** One page after another. Thrown when the operation has no pages. */
  paginate<Name extends keyof Operations & string>(
    operation: Name,
    input: InputOf<Operations, Name>,
    options?: CallOptions,
  ): AsyncGenerator<OutputOf<Operations, Name>, void>;
  /**
   * Looks until the state that the waiter names is reached, such as `EndpointInService`.
   * Thrown when a state is reached that rules it out (`WaiterFailed`) or it takes too long (`WaiterTimedOut`).
   */
  waitUntil(waiter: string, input: object, options?: WaitOptions): Promise<void>;
}

export type InputOf<Operations, Name extends keyof Operations> = Operations[Name] extends { input: infer Input }
  ? Input
  : never;

export type OutputOf<Operations, Name extends keyof Operations> = Operations[Name] extends { output: infer Output }
  ? Output
  : never;

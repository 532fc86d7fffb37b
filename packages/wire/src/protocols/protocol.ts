import type { WireError } from '../errors.ts';
import type { Operation, ServiceModel } from '../model/service-model.ts';

/** An HTTP request as it is on the wire. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  /** Still percent-encoded, without the question mark. */
  readonly query: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Body;
}

/** An HTTP response as it is on the wire. */
export interface WireResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Record<string, string>;
  readonly body: Body;
}

/** Bytes in one piece, or piece by piece where the message is streamed. */
export type Body = Uint8Array | string | AsyncIterable<Uint8Array>;

/** What a request asks for. The input is as the caller gave it: `validate` it before use. */
export interface ParsedRequest {
  readonly operation: Operation;
  readonly input: Record<string, unknown>;
}

export interface ResponseContext {
  readonly requestId: string;
  /** HTTP status of a success, where it is not the model's (206 of a range, for one). */
  readonly status?: number;
  /** In S3's errors: what the request was about. */
  readonly resource?: string;
}

/** One AWS protocol, both ways: the first four functions serve, the last three call. */
export interface Protocol {
  /** Whether the request speaks this protocol, as far as its head tells. */
  accepts(service: ServiceModel, request: WireRequest): boolean;
  /**
   * The operation and its input. Blob payloads are handed on as they are, so that a large body can flow.
   * Thrown when the operation is unknown (`UnknownOperationException` …) or the body is malformed (`SerializationException` …).
   */
  parseRequest(service: ServiceModel, request: WireRequest): Promise<ParsedRequest>;
  serializeOutput(service: ServiceModel, operation: Operation, output: unknown, context: ResponseContext): WireResponse;
  /** `operation` is undefined where the request failed before its operation was known. */
  serializeError(
    service: ServiceModel,
    operation: Operation | undefined,
    error: WireError,
    context: ResponseContext,
  ): WireResponse;

  /** The request without host and signature. */
  buildRequest(service: ServiceModel, operation: Operation, input: unknown): WireRequest;
  /** The output of a successful response. */
  parseResponse(service: ServiceModel, operation: Operation, response: WireResponse): Promise<Record<string, unknown>>;
  /** The error of an unsuccessful response. Never throws for a body that it cannot read: the status then makes the code. */
  parseError(service: ServiceModel, operation: Operation, response: WireResponse): Promise<WireError>;
}

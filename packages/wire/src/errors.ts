/** Codes that every AWS service may answer and no service model declares, with their HTTP status. */
const commonErrors: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  AuthorizationHeaderMalformed: 400,
  ExpiredToken: 400,
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  InternalError: 500,
  InternalFailure: 500,
  InternalServerError: 500,
  InvalidAccessKeyId: 403,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  MalformedInput: 400,
  MethodNotAllowed: 405,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  NotImplemented: 501,
  NotImplementedException: 501,
  OptInRequired: 403,
  RequestEntityTooLarge: 413,
  RequestExpired: 400,
  RequestTimeTooSkewed: 403,
  SerializationException: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  Throttling: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationError: 400,
  ValidationException: 400,
};

export interface WireErrorOptions {
  /** HTTP status. Default: the catalogue's for the code, else 400; where the service model gives the error a status, that one is sent. */
  status?: number;
  /** Default: `server` for a status of 500 and above, else `client`. */
  fault?: 'client' | 'server';
  /** Members that the service model declares for the error, such as `ResourceArn`; the message needs no mention. */
  members?: Record<string, unknown>;
  cause?: unknown;
}

/** An error as AWS sends it: a handler throws one to answer it, a client call throws the one that it received. */
export class WireError extends Error {
  override readonly name = 'WireError';
  /** `ValidationException`, `ResourceNotFound` … exactly as on the wire. */
  readonly code: string;
  readonly status: number;
  /** Whose fault it is: the caller's or the service's. */
  readonly fault: 'client' | 'server';
  readonly members: Readonly<Record<string, unknown>> | undefined;
  /** On the client: the request's id as the service gave it. */
  requestId: string | undefined;
  /** Whether the caller gave status explicitly, so that no model may replace it. */
  readonly statusGiven: boolean;

  constructor(code: string, message: string, options: WireErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.statusGiven = options.status !== undefined;
    this.status = options.status ?? commonStatus(code) ?? 400;
    this.fault = options.fault ?? (this.status >= 500 ? 'server' : 'client');
    this.members = options.members;
  }
}

/** HTTP status of a code that is common to all services; undefined for any other. */
export function commonStatus(code: string): number | undefined {
  return Object.hasOwn(commonErrors, code) ? commonErrors[code] : undefined;
}

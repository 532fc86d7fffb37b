/** Codes that no service model declares, or declares without it, with their HTTP status: those common to all services, and S3's. */
const commonErrors: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  ExpiredToken: 400,
  ExpiredTokenException: 400,
  IncompleteBody: 400,
  IncompleteSignature: 400,
  InternalError: 500,
  InternalFailure: 500,
  InternalServerError: 500,
  InvalidAccessKeyId: 403,
  InvalidAction: 400,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidClientTokenId: 403,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidSignatureException: 403,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedInput: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 403,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchBucketPolicy: 404,
  NoSuchCORSConfiguration: 404,
  NoSuchKey: 404,
  NoSuchLifecycleConfiguration: 404,
  NoSuchTagSet: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NoSuchWebsiteConfiguration: 404,
  NotFound: 404,
  NotImplemented: 501,
  NotImplementedException: 501,
  NotModified: 304,
  OperationAborted: 409,
  OptInRequired: 403,
  PreconditionFailed: 412,
  RequestEntityTooLarge: 413,
  RequestExpired: 400,
  RequestTimeTooSkewed: 403,
  RequestTimeout: 400,
  SerializationException: 400,
  ServerSideEncryptionConfigurationNotFoundError: 404,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  Throttling: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  ValidationError: 400,
  ValidationException: 400,
  XAmzContentSHA256Mismatch: 400,
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

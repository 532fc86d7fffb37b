import { AwsChunkedError, type ServiceName, SignatureError, type SignatureFault, WireError } from '@rung/wire';
import { StoreUnavailable } from '../store/errors.ts';
import { CredentialsError } from './authenticate.ts';

/** What AWS answers in each family of services: S3, those of the query protocol, and all others. */
type Dialect = 's3' | 'query' | 'json';

const codes: Readonly<
  Record<SignatureFault | 'unknown' | 'invalid-token' | 'ended', Readonly<Record<Dialect, string>>>
> = {
  missing: { s3: 'AccessDenied', query: 'MissingAuthenticationToken', json: 'MissingAuthenticationTokenException' },
  incomplete: {
    s3: 'AuthorizationHeaderMalformed',
    query: 'IncompleteSignature',
    json: 'IncompleteSignatureException',
  },
  skewed: { s3: 'RequestTimeTooSkewed', query: 'RequestExpired', json: 'RequestExpired' },
  expired: { s3: 'AccessDenied', query: 'RequestExpired', json: 'RequestExpired' },
  'unsigned-header': { s3: 'AccessDenied', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  mismatch: { s3: 'SignatureDoesNotMatch', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  tampered: { s3: 'XAmzContentSHA256Mismatch', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  unknown: { s3: 'InvalidAccessKeyId', query: 'InvalidClientTokenId', json: 'UnrecognizedClientException' },
  'invalid-token': { s3: 'InvalidToken', query: 'InvalidClientTokenId', json: 'UnrecognizedClientException' },
  ended: { s3: 'ExpiredToken', query: 'ExpiredToken', json: 'ExpiredTokenException' },
};

/** The error to answer for what went wrong on the way to a handler; `undefined` for a fault of ours. */
export function refusalOf(service: ServiceName, isPresigned: boolean, error: unknown): WireError | undefined {
  if (error instanceof WireError) return error;
  const dialect = dialectOf(service);
  if (error instanceof CredentialsError) return refuseCredentials(dialect, error);
  if (error instanceof SignatureError) return refuseSignature(dialect, isPresigned, error);
  if (error instanceof AwsChunkedError) {
    return new WireError(error.fault === 'incomplete' ? 'IncompleteBody' : 'InvalidRequest', error.message);
  }
  if (isDiskFull(error)) return new WireError('ServiceUnavailable', DISK_FULL, { status: 503, cause: error });
  return undefined;
}

/** Whoever runs the platform can mend it, so it is said to them instead of being counted as a fault of ours. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof StoreUnavailable) return error.reason === 'full';
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function refuseSignature(dialect: Dialect, isPresigned: boolean, { fault, message }: SignatureError): WireError {
  const code = codes[fault][dialect];
  if (fault === 'missing') {
    return new WireError(code, `Missing Authentication Token: the request is not signed. ${HOW_TO_SIGN}`);
  }
  if (fault === 'mismatch') return new WireError(code, `${message} ${WHY_MISMATCH}`);
  const isQuery = fault === 'incomplete' && isPresigned && dialect === 's3';
  return new WireError(isQuery ? 'AuthorizationQueryParametersError' : code, message);
}

function refuseCredentials(dialect: Dialect, { fault, accessKeyId }: CredentialsError): WireError {
  const code = codes[fault][dialect];
  if (fault === 'ended') {
    return new WireError(code, 'The security token included in the request is expired. Ask STS for new credentials.');
  }
  const sentence =
    dialect === 's3' && fault === 'unknown'
      ? 'The AWS Access Key Id you provided does not exist in our records.'
      : 'The security token included in the request is invalid.';
  // S3 names the key in a member of its own.
  const options = dialect === 's3' ? { members: { AWSAccessKeyId: accessKeyId } } : {};
  return new WireError(code, `${sentence} ${fault === 'unknown' ? WHICH_KEYS : WHICH_SESSIONS}`, options);
}

function dialectOf(service: ServiceName): Dialect {
  if (service === 's3') return 's3';
  return service === 'sts' || service === 'iam' ? 'query' : 'json';
}

const DISK_FULL =
  "The disk that holds the platform's state folder is full: nothing of this request was carried out. Free some space, e.g. by deleting objects, and try again.";
const HOW_TO_SIGN = 'Use an AWS client; `eval "$(rung env)"` gives it the address and the keys.';
const WHICH_KEYS = '(This server knows other keys: `rung keys ls` lists them, `eval "$(rung env)"` sets one.)';
const WHICH_SESSIONS = '(The session was not begun here, or the key that began it was removed.)';
const WHY_MISMATCH =
  '(Most often the secret belongs to another key, or something between client and server changed the path, the Host header or the body.)';

import type { RequestHead } from './canonical-request.ts';
import { type Payload, parsePayload } from './payload.ts';
import { readPresignedV2 } from './presigned-v2.ts';
import { SignatureError } from './signature-error.ts';
import type { CredentialScope } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';
import { uriDecode } from './uri-encode.ts';

/** The claims of a signed request, read but not yet proven. */
export interface Authorization {
  readonly source: 'header' | 'query' | 'query-v2';
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Lower-case, in the order given. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hexadecimal. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** Seconds that a presigned URL is good for (of version 2: until when, in seconds since 1970); `undefined` for a signed header. */
  readonly expires: number | undefined;
  readonly sessionToken: string | undefined;
  readonly payload: Payload;
  /** The text that stands for the payload in the canonical request; `undefined` until the body has been hashed. */
  readonly payloadHash: string | undefined;
}

/**
 * Reads `Authorization`, or `X-Amz-…` in the query.
 * Thrown when there is none (`missing`) or it cannot be read (`incomplete`).
 */
export function readAuthorization(head: RequestHead): Authorization {
  const header = headerOf(head, 'authorization');
  if (header !== undefined) return readHeader(head, header);
  const mark = head.target.indexOf('?');
  if (mark >= 0 && head.target.includes('X-Amz-', mark)) return readQuery(head, head.target.slice(mark + 1));
  const older = mark >= 0 && head.target.includes('AWSAccessKeyId=', mark) ? readPresignedV2(head) : undefined;
  if (older !== undefined) return older;
  throw new SignatureError('missing', 'Missing Authentication Token');
}

function readHeader(head: RequestHead, header: string): Authorization {
  if (!header.startsWith(ALGORITHM)) {
    throw new SignatureError('incomplete', `Unsupported authorization type: only ${ALGORITHM} is understood.`);
  }
  const credential = parameter(header, 'Credential');
  const signedHeaders = parameter(header, 'SignedHeaders');
  const signature = parameter(header, 'Signature');
  const missing = absent({ Credential: credential, SignedHeaders: signedHeaders, Signature: signature });
  if (missing !== '') throw new SignatureError('incomplete', `Authorization header requires ${missing}. ${SHAPE}`);
  const timestamp = timestampOf(head);
  if (timestamp === undefined) {
    throw new SignatureError(
      'incomplete',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  const service = readScope(credential);
  return {
    source: 'header',
    ...service,
    signedHeaders: readSignedHeaders(signedHeaders),
    signature: readSignatureText(signature),
    timestamp,
    expires: undefined,
    sessionToken: headerOf(head, 'x-amz-security-token'),
    ...readPayload(headerOf(head, 'x-amz-content-sha256'), undefined),
  };
}

function readQuery(head: RequestHead, query: string): Authorization {
  const given = new Map<string, string>();
  for (const part of query.split('&')) {
    const mark = part.indexOf('=');
    if (mark > 0 && part.startsWith('X-Amz-')) given.set(part.slice(0, mark), uriDecode(part.slice(mark + 1)));
  }
  const missing = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].filter(
    (name) => !given.has(`X-Amz-${name}`),
  );
  if (missing.length > 0) {
    throw new SignatureError(
      'incomplete',
      `Query-string authentication requires X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders and X-Amz-Signature. Missing: ${missing.map((name) => `X-Amz-${name}`).join(', ')}.`,
    );
  }
  const value = (name: string): string => given.get(`X-Amz-${name}`) ?? '';
  if (value('Algorithm') !== ALGORITHM)
    throw new SignatureError('incomplete', `X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const claims = readScope(value('Credential'));
  return {
    source: 'query',
    ...claims,
    signedHeaders: readSignedHeaders(value('SignedHeaders')),
    signature: readSignatureText(value('Signature')),
    timestamp: value('Date'),
    expires: readExpires(value('Expires')),
    sessionToken: given.get('X-Amz-Security-Token'),
    ...readPayload(
      headerOf(head, 'x-amz-content-sha256') ?? given.get('X-Amz-Content-Sha256'),
      claims.scope.service === 's3' ? 'UNSIGNED-PAYLOAD' : undefined,
    ),
  };
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SHAPE = `Its form is "${ALGORITHM} Credential=<key>/<date>/<region>/<service>/aws4_request, SignedHeaders=<names>, Signature=<hex>".`;
const WEEK = 604_800;

function headerOf(head: RequestHead, name: string): string | undefined {
  const value = head.headers[name];
  return typeof value === 'object' ? value[0] : value;
}

function parameter(header: string, name: string): string {
  const start = header.indexOf(`${name}=`);
  if (start < 0) return '';
  const from = start + name.length + 1;
  const end = header.indexOf(',', from);
  return (end < 0 ? header.slice(from) : header.slice(from, end)).trim();
}

function absent(parts: Readonly<Record<string, string>>): string {
  return Object.keys(parts)
    .filter((name) => parts[name] === '')
    .map((name) => `'${name}' parameter`)
    .join(', ');
}

function readScope(credential: string): { accessKeyId: string; scope: CredentialScope } {
  const parts = credential.split('/');
  const [date, region, service, terminator] = parts.slice(-4);
  const accessKeyId = parts.slice(0, -4).join('/');
  if (
    accessKeyId === '' ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    terminator !== 'aws4_request'
  ) {
    throw new SignatureError(
      'incomplete',
      `Credential must be of the form "<access key>/YYYYMMDD/<region>/<service>/aws4_request", got: '${credential}'.`,
    );
  }
  // The region goes into the names of things, so it must look like one.
  if (!/^[a-z0-9-]{1,40}$/.test(region))
    throw new SignatureError('incomplete', `Credential should be scoped to a valid region, got: '${region}'.`);
  return { accessKeyId, scope: { date, region, service } };
}

function readSignedHeaders(text: string): string[] {
  const names = text.split(';');
  if (!names.includes('host'))
    throw new SignatureError('incomplete', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  if (text !== text.toLowerCase()) throw new SignatureError('incomplete', 'SignedHeaders must be lower case.');
  return names;
}

function readSignatureText(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new SignatureError('incomplete', 'The signature must be 64 lower-case hexadecimal digits.');
  return text;
}

function readExpires(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text)) throw new SignatureError('incomplete', 'X-Amz-Expires should be a number of seconds.');
  if (seconds < 1) throw new SignatureError('incomplete', 'X-Amz-Expires must be at least 1 second.');
  if (seconds > WEEK)
    throw new SignatureError(
      'incomplete',
      `X-Amz-Expires must be less than a week (in seconds); that is, it must be at most ${WEEK}.`,
    );
  return seconds;
}

function readPayload(
  stated: string | undefined,
  otherwise: string | undefined,
): Pick<Authorization, 'payload' | 'payloadHash'> {
  const text = stated ?? otherwise;
  if (text === undefined) return { payload: { kind: 'body' }, payloadHash: undefined };
  const payload = parsePayload(text);
  if (payload === undefined) {
    throw new SignatureError(
      'incomplete',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    );
  }
  return { payload, payloadHash: text };
}

function timestampOf(head: RequestHead): string | undefined {
  const amz = headerOf(head, 'x-amz-date');
  if (amz !== undefined) return amz;
  const date = headerOf(head, 'date');
  if (date === undefined) return undefined;
  const time = Date.parse(date);
  return Number.isNaN(time) ? date : formatTimestamp(new Date(time));
}

/**
 * S3's older presigned URLs (Signature Version 2, HMAC-SHA1): what boto3 makes by default for an endpoint that is given to it. They are
 * understood in queries only; nothing here makes them.
 */
import { createHmac } from 'node:crypto';
import type { Authorization } from './authorization.ts';
import { canonicalHeaderValue, type RequestHead } from './canonical-request.ts';
import { SignatureError } from './signature-error.ts';
import { uriDecode } from './uri-encode.ts';

/** The parts of a query that name what is asked for, and so are signed. */
const SIGNED_PARAMETERS = new Set([
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'delete',
  'inventory',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'select',
  'select-type',
  'storageClass',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]);

/** `undefined` when the query carries no such signature. Thrown: `incomplete` when `Expires` is no number. */
export function readPresignedV2(head: RequestHead): Authorization | undefined {
  const query = new Map(pairsOf(head));
  const accessKeyId = query.get('AWSAccessKeyId');
  const signature = query.get('Signature');
  const expires = query.get('Expires');
  if (accessKeyId === undefined || signature === undefined || expires === undefined) return undefined;
  if (!/^\d{1,12}$/.test(expires))
    throw new SignatureError('incomplete', `Expires must be seconds since 1970, got '${expires}'.`);
  return {
    source: 'query-v2',
    accessKeyId,
    scope: { date: '', region: '', service: 's3' },
    signedHeaders: [],
    signature,
    timestamp: '',
    expires: Number(expires),
    sessionToken: query.get('x-amz-security-token'),
    payload: { kind: 'unsigned' },
    payloadHash: 'UNSIGNED-PAYLOAD',
  };
}

/** The signature that the URL should have, in Base64. */
export function presignedV2Signature(head: RequestHead, expires: number | undefined, secretAccessKey: string): string {
  const pairs = pairsOf(head);
  const query = new Map(pairs);
  // What was a header when the URL was made stands in the query now; whoever uses the URL may send it as a header as well.
  const value = (name: string): string => canonicalHeaderValue(head.headers[name] ?? query.get(name));
  const names = [...Object.keys(head.headers), ...query.keys()].filter((name) => name.startsWith('x-amz-'));
  const amz = [...new Set(names)].sort().map((name) => `${name}:${value(name)}\n`);
  const parameters = pairs
    .filter(([name]) => SIGNED_PARAMETERS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => (text === undefined ? name : `${name}=${text}`));
  const path = head.target.split('?', 1)[0] ?? '/';
  const resource = parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
  const text = `${head.method}\n${value('content-md5')}\n${value('content-type')}\n${expires}\n${amz.join('')}${resource}`;
  return createHmac('sha1', secretAccessKey).update(text).digest('base64');
}

function pairsOf({ target }: RequestHead): [name: string, value: string | undefined][] {
  const mark = target.indexOf('?');
  if (mark < 0) return [];
  return target
    .slice(mark + 1)
    .split('&')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [part, undefined]
        : [part.slice(0, equals), uriDecode(part.slice(equals + 1).replaceAll('+', '%20'))];
    });
}

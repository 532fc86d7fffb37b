import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Connection } from '../instance-spec.ts';

/**
 * The few S3 and CloudWatch operations that a worker calls, over memory, on a port of its own: small enough to misbehave on purpose. What
 * the platform's own front door does with the same calls is tested with the engine.
 */
export interface S3Door {
  readonly connection: Connection;
  /** `bucket/key` → bytes. */
  readonly objects: Map<string, Buffer>;
  /** Bodies of the PutMetricData calls. */
  readonly metrics: Record<string, unknown>[];
  /** Decides on each request before it is answered: a status to answer instead, or `break` to end the connection half way. */
  disturb: ((request: IncomingMessage) => number | 'break' | undefined) | undefined;
  close(): Promise<void>;
}

export async function openS3Door(): Promise<S3Door> {
  const objects = new Map<string, Buffer>();
  const metrics: Record<string, unknown>[] = [];
  const uploads = new Map<string, Map<number, Buffer>>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const disturbance = door.disturb?.(request);
    const body = await buffer(request);
    if (typeof disturbance === 'number')
      return fail(response, disturbance, disturbance >= 500 ? 'InternalError' : 'AccessDenied');
    if (request.headers['x-amz-target']?.toString().endsWith('PutMetricData') === true) {
      metrics.push(JSON.parse(body.toString()) as Record<string, unknown>);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
      return;
    }
    const url = new URL(request.url ?? '/', 'http://door');
    const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const address = `${bucket}/${key}`;
    const query = url.searchParams;
    const upload = query.get('uploadId');
    if (bucket === 'no-such-bucket') return fail(response, 404, 'NoSuchBucket');
    if (request.method === 'GET' && key === '') return list(response, bucket, query);
    if (request.method === 'GET' || request.method === 'HEAD')
      return get(request, response, address, disturbance === 'break');
    if (request.method === 'DELETE') {
      if (upload === null) objects.delete(address);
      return void response.writeHead(204).end();
    }
    if (query.has('uploads')) {
      const id = `upload-${uploads.size}`;
      uploads.set(id, new Map());
      return xml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    const parts = upload === null ? undefined : uploads.get(upload);
    if (upload !== null && parts === undefined) return fail(response, 404, 'NoSuchUpload');
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    if (request.method === 'PUT') {
      if (parts === undefined) objects.set(address, body);
      else parts.set(Number(query.get('partNumber')), body);
      return void response.writeHead(200, { etag }).end();
    }
    objects.set(address, Buffer.concat([...(parts ?? [])].toSorted(([a], [b]) => a - b).map(([, part]) => part)));
    uploads.delete(upload ?? '');
    xml(response, `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`);
  };

  const list = (response: ServerResponse, bucket: string, query: URLSearchParams): void => {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()]
      .filter((key) => key.startsWith(prefix) && key.slice(bucket.length + 1) > after)
      .toSorted();
    const page = keys.slice(0, PAGE).map((key) => key.slice(bucket.length + 1));
    const more =
      keys.length > PAGE ? `<NextContinuationToken>${escape(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    const contents = page.map((key) => `<Contents><Key>${escape(key)}</Key></Contents>`).join('');
    xml(
      response,
      `<ListBucketResult><IsTruncated>${keys.length > PAGE}</IsTruncated>${more}${contents}</ListBucketResult>`,
    );
  };

  const get = (request: IncomingMessage, response: ServerResponse, address: string, half: boolean): void => {
    const whole = objects.get(address);
    if (whole === undefined) return fail(response, 404, 'NoSuchKey');
    const etag = `"${createHash('md5').update(whole).digest('hex')}"`;
    if ((request.headers['if-match'] ?? etag) !== etag) return fail(response, 412, 'PreconditionFailed');
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const bytes = whole.subarray(Number(from ?? 0));
    response.writeHead(from === undefined ? 200 : 206, { 'content-length': bytes.length, etag });
    if (half) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    else response.end(bytes);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const door: S3Door = {
    connection: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    },
    objects,
    metrics,
    disturb: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return door;
}

/** Small, so that lists have several pages. */
const PAGE = 3;

function fail(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code><Message>${code} it is</Message></Error>`);
}

function xml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

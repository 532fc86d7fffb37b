/** The few pages that need no signature. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface OpenPages {
  /** The answer of `GET /metrics`, in Prometheus's text format; such requests are `404` without it. */
  readonly metricsText?: (() => Promise<string> | string) | undefined;
}

/** True when the request was for an open page, and is answered. Requests that carry a signature never are. */
export async function answerOpenPage(
  request: IncomingMessage,
  response: ServerResponse,
  options: OpenPages,
): Promise<boolean> {
  if (request.method !== 'GET' || request.headers.authorization !== undefined) return false;
  const { url = '' } = request;
  const page = Object.hasOwn(pages, url) ? pages[url] : undefined;
  if (page === undefined) return false;
  const { status = 200, type = 'text/plain; charset=utf-8', text } = await page(request, options);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
  return true;
}

interface Page {
  /** Default 200. */
  readonly status?: number;
  /** Default: plain text. */
  readonly type?: string;
  readonly text: string;
}

const pages: Readonly<Record<string, (request: IncomingMessage, options: OpenPages) => Page | Promise<Page>>> = {
  '/': () => ({ text: WELCOME }),
  '/healthz': () => ({ type: 'application/json', text: '{"status":"ok"}\n' }),
  '/metrics': async (request, { metricsText }) => {
    if (metricsText === undefined) return { status: 404, text: 'This server keeps no metrics.\n' };
    if (!isLoopback(request)) return { status: 403, text: 'Metrics are told to this machine only.\n' };
    return { type: 'text/plain; version=0.0.4; charset=utf-8', text: await metricsText() };
  },
};

const WELCOME = `This is Rung: a machine-learning platform that speaks the Amazon SageMaker API.

Requests must be signed. On the machine that runs it,

    eval "$(rung env)"

sets the address and the keys for the AWS CLI, boto3, the AWS SDKs and the sagemaker Python SDK;
\`rung keys add NAME\` makes keys for somebody else. \`rung quickstart\` shows the whole way from data to predictions.
`;

function isLoopback({ socket: { remoteAddress = '' } }: IncomingMessage): boolean {
  return remoteAddress === '::1' || /^(?:::ffff:)?127\./.test(remoteAddress);
}

import type { SendRequest, SendResponse } from '@rung/wire';

/** Sends a signed request with `fetch`: the only I/O of the SDK beside files. */
export async function fetchSend(request: SendRequest): Promise<SendResponse> {
  const { body } = request;
  const response = await fetch(request.url, {
    method: request.method,
    headers: request.headers,
    ...(body === undefined ? {} : { body, duplex: 'half' }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await bodyOf(request.method, response) };
}

/** Nobody reads what is empty, and an answer that is not read to its end keeps its socket and the request's body. */
async function bodyOf(method: string, { status, headers, body }: Response): Promise<SendResponse['body']> {
  if (body === null) return new Uint8Array();
  if (method !== 'HEAD' && status !== 204 && status !== 304 && headers.get('content-length') !== '0') return body;
  await body.cancel();
  return new Uint8Array();
}

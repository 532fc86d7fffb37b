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
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body ?? new Uint8Array(),
  };
}

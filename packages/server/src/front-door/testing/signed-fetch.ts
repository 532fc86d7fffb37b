import { type Credentials, signRequest } from '@rung/wire';
import type { OpenedFrontDoor } from './open-front-door.ts';

export interface SignedFetch {
  readonly service: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Default: the door's first key. */
  readonly credentials?: Credentials;
  readonly date?: Date;
  readonly payloadHash?: string;
  /** Changes what was signed, before it is sent. */
  readonly alter?: (sent: { headers: Record<string, string>; body: SignedFetch['body']; url: URL }) => void;
}

/** One signed request, with the chance to spoil it. */
export async function signedFetch(door: OpenedFrontDoor, options: SignedFetch): Promise<Answer> {
  const {
    service,
    method = 'POST',
    path = '/',
    headers = {},
    body,
    credentials = door.key,
    date,
    payloadHash,
    alter,
  } = options;
  const url = new URL(path, door.url);
  const signing = { region: 'us-east-1', service, ...(date === undefined ? {} : { date }), payloadHash };
  const sent = { headers: signRequest({ method, url, headers, body }, credentials, signing), body, url };
  alter?.(sent);
  return answerOf(
    await fetch(sent.url, { method, headers: sent.headers, ...(sent.body === undefined ? {} : { body: sent.body }) }),
  );
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The error's code, whatever the protocol. */
  readonly code: string | undefined;
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const code =
    /"__type":"([^"]+)"/.exec(text)?.[1] ??
    /<Code>([^<]+)</.exec(text)?.[1] ??
    response.headers.get('x-amzn-errortype') ??
    undefined;
  return { status: response.status, headers: response.headers, text, code };
}

/** A call in the JSON protocol. */
export function sagemakerCall(
  operation: string,
  input: object = {},
): Pick<SignedFetch, 'service' | 'headers' | 'body'> {
  return {
    service: 'sagemaker',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `SageMaker.${operation}` },
    body: JSON.stringify(input),
  };
}

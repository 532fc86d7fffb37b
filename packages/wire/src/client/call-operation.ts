import { setTimeout as pause } from 'node:timers/promises';
import { WireError } from '../errors.ts';
import { loadService } from '../model/load-service.ts';
import type { ServiceName } from '../model/load-service.ts';
import type { Operation, ProtocolName, ServiceModel } from '../model/service-model.ts';
import type { Protocol, WireResponse } from '../protocols/protocol.ts';
import { loadProtocol } from '../protocols/protocols.ts';
import { findOperation } from '../validation/validate.ts';
import { prepareRequest } from './client-request.ts';
import type { PreparedRequest } from './client-request.ts';
import type { CallOptions, ClientOptions } from './client-options.ts';
import { isRetryable, retryDelay } from './retry.ts';

/** Calls an operation, as often as need be, and gives its output. */
export async function callOperation(
  service: ServiceName,
  name: string,
  input: object,
  options: ClientOptions,
  callOptions: CallOptions,
): Promise<Record<string, unknown>> {
  const model = await loadService(service);
  const protocol = await loadProtocol(clientProtocol(model));
  return tryOften({ model, protocol, options }, findOperation(model, name), input, callOptions);
}

interface Connection {
  readonly model: ServiceModel;
  readonly protocol: Protocol;
  readonly options: ClientOptions;
}

/** CBOR is left to those who ask for it: JSON needs no further library. */
function clientProtocol(model: ServiceModel): ProtocolName {
  const name = model.protocols.find((candidate) => candidate !== 'smithy-rpc-v2-cbor');
  if (name === undefined) throw new Error(`${model.fullName} offers no protocol that this client speaks`);
  return name;
}

async function tryOften(
  connection: Connection,
  operation: Operation,
  input: object,
  { signal }: CallOptions,
): Promise<Record<string, unknown>> {
  const { model, protocol, options } = connection;
  const prepared = prepareRequest(model, protocol, operation, input, options);
  const attempts = prepared.isReplayable ? (options.attempts ?? 3) : 1;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      const response = await send(connection, operation, prepared, signal);
      if (response.status < 300) return await protocol.parseResponse(model, operation, response);
      throw await protocol.parseError(model, operation, response);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error) || signal?.aborted === true) throw error;
      await pause(retryDelay(attempt, options.retryDelayMs ?? 100), undefined, { signal });
    }
  }
}

/** Thrown when no response came (`ConnectionFailed`). */
async function send(
  { model, options }: Connection,
  operation: Operation,
  { request, target, payloadHash }: PreparedRequest,
  signal: AbortSignal | undefined,
): Promise<WireResponse> {
  const { body } = request;
  const credentials = typeof options.credentials === 'function' ? await options.credentials() : options.credentials;
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : undefined;
  const unsigned = { method: request.method, url: target.url, headers: request.headers, body: bytes };
  const headers = operation.anonymous
    ? request.headers
    : options.sign(unsigned, credentials, {
        region: target.region,
        service: model.signingName,
        date: new Date(),
        payloadHash,
      });
  const message = { method: request.method, url: target.url, headers, body: body === '' ? undefined : body };
  try {
    return await options.send(signal === undefined ? message : { ...message, signal });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    const text = `${target.url.origin} gave no answer to ${operation.name}. Is the server running, and is the address right?`;
    throw new WireError('ConnectionFailed', text, { status: 503, fault: 'server', cause });
  }
}

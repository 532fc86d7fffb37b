import { fromJson, toJson } from '../codecs/json-codec.ts';
import { WireError } from '../errors.ts';
import type { Operation, ServiceModel } from '../model/service-model.ts';
import { readText } from './body.ts';
import { createError, errorMembers, findError } from './error-lookup.ts';
import { parseEventOutput, serializeEventOutput } from './event-output.ts';
import { parseJsonObject, parseJsonObjectOrEmpty } from './json-text.ts';
import type { Protocol, WireRequest } from './protocol.ts';

/** JSON 1.0 and 1.1: the operation in `X-Amz-Target`, one JSON object each way. */
export const jsonProtocol: Protocol = {
  accepts(service, { headers }) {
    if (headers['x-amz-target'] !== undefined) return true;
    return service.protocols.includes('json') && headers['content-type']?.startsWith('application/x-amz-json') === true;
  },

  async parseRequest(service, request) {
    const operation = findTarget(service, request);
    const text = await readText(request.body, request.headers['content-encoding']);
    const json = parseJsonObject(text);
    return { operation, input: operation.input === undefined ? {} : fromJson(operation.input, json) };
  },

  serializeOutput(service, operation, output, { requestId, status }) {
    const head = { 'x-amzn-requestid': requestId };
    const events = serializeEventOutput(operation, output, 'initial-response');
    if (events !== undefined)
      return { status: status ?? 200, headers: { ...head, ...events.headers }, body: events.body };
    const json = operation.output === undefined ? {} : toJson(operation.output, output ?? {});
    const headers = { ...head, 'content-type': contentType(service) };
    return { status: status ?? 200, headers, body: JSON.stringify(json) };
  },

  serializeError(service, operation, error, { requestId }) {
    const facts = findError(service, operation, error);
    const members = errorMembers(facts.shape, error);
    const encoded = facts.shape === undefined ? {} : toJson(facts.shape, members);
    // Clients look for the message under either name, and for the code in the body or in the header.
    const messages = { message: error.message, Message: error.message };
    const headers: Record<string, string> = {
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': facts.shapeName,
      'content-type': contentType(service),
    };
    if (service.queryCompatible) {
      headers['x-amzn-query-error'] = `${facts.queryCode};${facts.fault === 'server' ? 'Receiver' : 'Sender'}`;
    }
    const body = JSON.stringify({ __type: facts.shapeName, ...(encoded as object), ...messages });
    return { status: facts.status, headers, body };
  },

  buildRequest(service, operation, input) {
    const json = operation.input === undefined ? {} : toJson(operation.input, input ?? {});
    const headers: Record<string, string> = {
      'content-type': contentType(service),
      'x-amz-target': `${service.targetPrefix}.${operation.name}`,
    };
    if (service.queryCompatible) headers['x-amzn-query-mode'] = 'true';
    return { method: 'POST', path: '/', query: '', headers, body: JSON.stringify(json) };
  },

  async parseResponse(_service, operation, response) {
    const events = await parseEventOutput(operation, response);
    if (events !== undefined) return events;
    const json = parseJsonObject(await readText(response.body));
    return operation.output === undefined ? {} : fromJson(operation.output, json);
  },

  async parseError(service, operation, response) {
    const json = parseJsonObjectOrEmpty(await readText(response.body));
    const queryCode = response.headers['x-amzn-query-error']?.split(';')[0];
    const code = queryCode ?? response.headers['x-amzn-errortype'] ?? text(json['__type']) ?? text(json['code']);
    const requestId = response.headers['x-amzn-requestid'];
    return createError(service, operation, code, response.status, json, requestId, (shape) => fromJson(shape, json));
  },
};

/** Thrown when the target names no operation of the service. */
function findTarget(service: ServiceModel, { headers }: WireRequest): Operation {
  const target = headers['x-amz-target'];
  if (target === undefined) {
    throw new WireError('UnknownOperationException', `The request to ${service.fullName} has no X-Amz-Target header.`);
  }
  const [prefix, name] = target.split('.', 2);
  const operation = prefix === service.targetPrefix && name !== undefined ? service.operation(name) : undefined;
  if (operation !== undefined) return operation;
  throw new WireError('UnknownOperationException', `${service.fullName} has no operation "${target}".`);
}

function contentType(service: ServiceModel): string {
  return `application/x-amz-json-${service.jsonVersion}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

import { fromJson, toJson } from '../codecs/json-codec.ts';
import { WireError } from '../errors.ts';
import type { Member, StructureShape } from '../model/shapes.ts';
import { readText } from './body.ts';
import { createError, errorMembers, findError } from './error-lookup.ts';
import { parseJsonObject, parseJsonObjectOrEmpty } from './json-text.ts';
import type { Protocol } from './protocol.ts';
import { createRestProtocol } from './rest-protocol.ts';
import type { RestFormat } from './rest-protocol.ts';

const contentType = 'application/json';
const requestIdHeader = 'x-amzn-requestid';

const format: RestFormat = {
  write(_service, _name, shape, payload, value) {
    const json =
      payload === undefined
        ? toJson(shape, value, ({ location }) => location === 'body')
        : toJson(payload.shape, value[payload.name]);
    return { text: JSON.stringify(json), contentType };
  },

  async read(shape, payload, body, contentEncoding) {
    const text = await readText(body, contentEncoding);
    if (payload?.shape.type === 'string') return { [payload.name]: text };
    const json = parseJsonObject(text);
    if (payload === undefined) return fromJson(shape, json);
    return text === '' ? {} : { [payload.name]: fromPayload(payload, json) };
  },

  noRoute(service, { method, path }) {
    const message = `${service.fullName} has no operation at ${method} ${path}.`;
    return new WireError('UnknownOperationException', message, { status: 404 });
  },
};

/** Paths, queries and headers beside JSON bodies. */
export const restJsonProtocol: Protocol = {
  ...createRestProtocol(format, requestIdHeader),

  serializeError(service, operation, error, { requestId }) {
    const facts = findError(service, operation, error);
    const { shape } = facts;
    const encoded = shape === undefined ? {} : toJson(shape, errorMembers(shape, error));
    const headers = {
      [requestIdHeader]: requestId,
      'x-amzn-errortype': facts.shapeName,
      'content-type': contentType,
    };
    // Clients look for the message under either name.
    const body = JSON.stringify({ ...(encoded as object), message: error.message, Message: error.message });
    return { status: facts.status, headers, body };
  },

  async parseError(service, operation, response) {
    const json = parseJsonObjectOrEmpty(await readText(response.body));
    const named = [response.headers['x-amzn-errortype'], json['code'], json['__type']];
    const code = named.find((name) => typeof name === 'string');
    const requestId = response.headers[requestIdHeader];
    const plain = typeof code === 'string' ? code : undefined;
    return createError(service, operation, plain, response.status, json, requestId, (shape) => fromJson(shape, json));
  },
};

function fromPayload(payload: Member, json: Record<string, unknown>): unknown {
  const { shape } = payload;
  return shape.type === 'structure' ? fromJson(shape satisfies StructureShape, json) : json;
}

import { decodeCbor, encodeCbor } from '../codecs/cbor-codec.ts';
import { encode } from 'cborg';
import { WireError } from '../errors.ts';
import type { Operation, ServiceModel } from '../model/service-model.ts';
import { readBody, readPlain } from './body.ts';
import { createError, errorMembers, findError } from './error-lookup.ts';
import type { Protocol } from './protocol.ts';

const marker = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' };

/** RPCv2 over CBOR: service and operation in the path, one CBOR map each way. */
export const cborProtocol: Protocol = {
  accepts: (_service, { headers }) => headers['smithy-protocol'] === 'rpc-v2-cbor',

  async parseRequest(service, request) {
    const operation = findOperationInPath(service, request.path);
    const body = await readPlain(request.body, request.headers['content-encoding']);
    return { operation, input: operation.input === undefined ? {} : decodeCbor(operation.input, body) };
  },

  serializeOutput(_service, operation, output, { requestId, status }) {
    const headers = { ...marker, 'x-amzn-requestid': requestId };
    const body = operation.output === undefined ? encode({}) : encodeCbor(operation.output, output);
    return { status: status ?? 200, headers, body };
  },

  serializeError(service, operation, error, { requestId }) {
    const facts = findError(service, operation, error);
    const headers: Record<string, string> = { ...marker, 'x-amzn-requestid': requestId };
    if (service.queryCompatible) {
      headers['x-amzn-query-error'] = `${facts.queryCode};${facts.fault === 'server' ? 'Receiver' : 'Sender'}`;
    }
    const members =
      facts.shape === undefined ? {} : decodeCbor(undefined, encodeCbor(facts.shape, errorMembers(facts.shape, error)));
    const body = encode({ __type: facts.shapeName, ...members, message: error.message });
    return { status: facts.status, headers, body };
  },

  buildRequest(service, operation, input) {
    const path = `/service/${service.targetPrefix}/operation/${operation.name}`;
    const headers = { ...marker, accept: 'application/cbor' };
    const body = operation.input === undefined ? encode({}) : encodeCbor(operation.input, input);
    return { method: 'POST', path, query: '', headers, body };
  },

  async parseResponse(_service, operation, response) {
    return operation.output === undefined ? {} : decodeCbor(operation.output, await readBody(response.body));
  },

  async parseError(service, operation, response) {
    const bytes = await readBody(response.body);
    const body = decodeOrEmpty(bytes);
    const type = body['__type'];
    const queryCode = response.headers['x-amzn-query-error']?.split(';')[0];
    const code = queryCode ?? (typeof type === 'string' ? type : undefined);
    const requestId = response.headers['x-amzn-requestid'];
    return createError(service, operation, code, response.status, body, requestId, (shape) => decodeCbor(shape, bytes));
  },
};

/** Thrown when the path names no operation of the service. */
function findOperationInPath(service: ServiceModel, path: string): Operation {
  const [, prefix, name] = /^\/service\/([^/]+)\/operation\/([^/]+)\/?$/.exec(path) ?? [];
  const operation = prefix === service.targetPrefix && name !== undefined ? service.operation(name) : undefined;
  if (operation !== undefined) return operation;
  throw new WireError('UnknownOperationException', `${service.fullName} has no operation at ${path}.`, { status: 404 });
}

/** An error's body may be a proxy's page: what is no CBOR map is empty. */
function decodeOrEmpty(bytes: Uint8Array): Record<string, unknown> {
  try {
    return decodeCbor(undefined, bytes);
  } catch {
    // The status and the headers still tell what went wrong.
    return {};
  }
}

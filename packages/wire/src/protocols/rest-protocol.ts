import { formatScalar } from '../codecs/scalar-text.ts';
import { WireError } from '../errors.ts';
import type { ServiceModel } from '../model/service-model.ts';
import type { Member, StructureShape } from '../model/shapes.ts';
import { parseEventOutput, serializeEventOutput } from './event-output.ts';
import type { Body, Protocol, WireRequest } from './protocol.ts';
import { readRequestHead, readResponseHead, writeRequestHead, writeResponseHead } from './rest-bindings.ts';
import { findRoute } from './rest-routes.ts';

/** Text of a structured body, empty for none, with its content type. */
export interface StructuredBody {
  readonly text: string;
  readonly contentType: string;
}

/** What JSON and XML bodies differ in. `payload` is the member that is the whole body, where the operation has one. */
export interface RestFormat {
  write(
    service: ServiceModel,
    name: XmlName,
    shape: StructureShape,
    payload: Member | undefined,
    value: Record<string, unknown>,
  ): StructuredBody;
  read(
    shape: StructureShape,
    payload: Member | undefined,
    body: Body,
    contentEncoding: string | undefined,
    name: string,
  ): Promise<Record<string, unknown>>;
  /** Error for a request that no operation answers. */
  noRoute(service: ServiceModel, request: WireRequest): WireError;
}

/** Name and namespace of a body's root element, where bodies have one. */
export interface XmlName {
  readonly element: string;
  readonly namespace: string | undefined;
}

type RestHalf = Pick<Protocol, 'accepts' | 'parseRequest' | 'serializeOutput' | 'buildRequest' | 'parseResponse'>;

/** REST with bodies of that format: everything but errors. */
export function createRestProtocol(format: RestFormat, requestIdHeader: string): RestHalf {
  return {
    accepts: () => true,

    async parseRequest(service, request) {
      const parameters = new URLSearchParams(request.query);
      const match = findRouteOrThrow(format, service, request, parameters);
      const { operation, labels } = match;
      const shape = operation.input;
      if (shape === undefined) return { operation, input: {} };
      const head = readRequestHead(shape, labels, parameters, request.headers);
      const body = await readMembers(format, shape, request.body, request.headers['content-encoding'], operation.name);
      return { operation, input: { ...body, ...head } };
    },

    serializeOutput(service, operation, output, { requestId, status }) {
      // A handler's output is the operation's output type: an object.
      const source = (output ?? {}) as Record<string, unknown>;
      const head = { [requestIdHeader]: requestId, ...writeResponseHead(operation.output, source) };
      const events = serializeEventOutput(operation, source);
      if (events !== undefined) {
        return { status: status ?? operation.status, headers: { ...head, ...events.headers }, body: events.body };
      }
      const name = { element: `${operation.name}Result`, namespace: service.xmlNamespace };
      const { body, contentType } = writeMembers(format, service, name, operation.output, source);
      const headers = contentType === undefined ? head : { 'content-type': contentType, ...head };
      return { status: status ?? operation.status, headers, body };
    },

    buildRequest(service, operation, input) {
      // A call's input is the operation's input type: an object.
      const source = (input ?? {}) as Record<string, unknown>;
      const { path, query, headers } = writeRequestHead(operation, source);
      const { inputXml } = operation;
      const name = { element: inputXml.name ?? `${operation.name}Request`, namespace: inputXml.namespace };
      const { body, contentType } = writeMembers(format, service, name, operation.input, source);
      const typed = contentType === undefined ? headers : { 'content-type': contentType, ...headers };
      return { method: operation.method, path, query, headers: typed, body };
    },

    async parseResponse(_service, operation, response) {
      const shape = operation.output;
      if (shape === undefined) return {};
      const head = readResponseHead(shape, response.status, response.headers);
      const events = await parseEventOutput(operation, response);
      const body = events ?? (await readMembers(format, shape, response.body, undefined, operation.name));
      return { ...body, ...head };
    },
  };
}

function findRouteOrThrow(
  format: RestFormat,
  service: ServiceModel,
  request: WireRequest,
  parameters: URLSearchParams,
) {
  try {
    const match = findRoute(service, request, parameters);
    if (match !== undefined) return match;
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new WireError('InvalidURI', `The path ${request.path} is not valid percent-encoding.`, { cause });
  }
  throw format.noRoute(service, request);
}

/** The members that travel in the body; a blob or text payload is handed on as it is. */
async function readMembers(
  format: RestFormat,
  shape: StructureShape,
  body: Body,
  contentEncoding: string | undefined,
  name: string,
): Promise<Record<string, unknown>> {
  const { payload } = shape;
  if (payload?.shape.type === 'blob')
    return isEmpty(body) && !payload.required ? {} : { [payload.name]: toBytes(body) };
  if (payload === undefined && !shape.members.some(({ location }) => location === 'body')) return {};
  return format.read(shape, payload, body, contentEncoding, name);
}

function writeMembers(
  format: RestFormat,
  service: ServiceModel,
  name: XmlName,
  shape: StructureShape | undefined,
  value: Record<string, unknown>,
): { body: Body; contentType: string | undefined } {
  if (shape === undefined) return { body: '', contentType: undefined };
  const { payload } = shape;
  if (payload !== undefined) {
    const item = value[payload.name];
    if (item === undefined || item === null) return { body: '', contentType: undefined };
    // A blob's value is bytes, whole or streamed, and a text's a string: they are the body.
    if (payload.shape.type === 'blob') return { body: item as Body, contentType: undefined };
    if (payload.shape.type === 'string')
      return { body: formatScalar(payload, payload.shape, item, 'iso8601'), contentType: undefined };
  } else if (!shape.members.some(({ location }) => location === 'body')) {
    return { body: '', contentType: undefined };
  }
  const { text, contentType } = format.write(service, name, shape, payload, value);
  return { body: text, contentType };
}

function isEmpty(body: Body): boolean {
  return typeof body === 'string' ? body === '' : body instanceof Uint8Array && body.byteLength === 0;
}

function toBytes(body: Body): Uint8Array | AsyncIterable<Uint8Array> {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

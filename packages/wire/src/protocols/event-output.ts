import { fromJson, toJson } from '../codecs/json-codec.ts';
import { WireError } from '../errors.ts';
import { decodeMessages, encodeMessage } from '../event-stream/event-message.ts';
import type { Operation } from '../model/service-model.ts';
import type { Member, StructureShape } from '../model/shapes.ts';
import { parseJsonObjectOrEmpty } from './json-text.ts';
import type { WireResponse } from './protocol.ts';

const contentType = 'application/vnd.amazon.eventstream';

/**
 * Headers and body of an output that is a stream of events; undefined for any other output.
 * `opening` names the event that carries the members beside the stream, in protocols that put them there.
 */
export function serializeEventOutput(operation: Operation, output: unknown, opening?: 'initial-response') {
  const stream = eventStreamMember(operation.output);
  if (operation.output === undefined || stream === undefined) return undefined;
  // A handler's output is the operation's output type, whose member is an async iterable of events.
  const source = (output ?? {}) as Record<string, unknown>;
  const events = (source[stream.name] ?? emptyStream()) as AsyncIterable<Record<string, unknown>>;
  // The member holds the stream's structure, which eventStreamMember() found.
  const shape = stream.shape as StructureShape;
  const first = opening === undefined ? undefined : toJson(operation.output, source, (member) => member !== stream);
  return { headers: { 'content-type': contentType }, body: encodeEvents(shape, events, first) };
}

/** The output of a response whose body is a stream of events; undefined for any other operation. */
export async function parseEventOutput(
  operation: Operation,
  response: WireResponse,
): Promise<Record<string, unknown> | undefined> {
  const stream = eventStreamMember(operation.output);
  if (operation.output === undefined || stream === undefined) return undefined;
  // The member holds the stream's structure, which eventStreamMember() found.
  const shape = stream.shape as StructureShape;
  return { [stream.name]: decodeEvents(shape, chunks(response.body)) };
}

/** The output's member that is a stream of events. */
export function eventStreamMember(output: StructureShape | undefined): Member | undefined {
  return output?.members.find(({ shape }) => shape.type === 'structure' && shape.eventStream);
}

async function* encodeEvents(
  shape: StructureShape,
  events: AsyncIterable<Record<string, unknown>>,
  first: unknown,
): AsyncGenerator<Uint8Array> {
  if (first !== undefined) yield jsonMessage({ ':event-type': 'initial-response', ':message-type': 'event' }, first);
  try {
    for await (const event of events) {
      for (const [name, value] of Object.entries(event)) {
        const member = shape.byName.get(name);
        if (member?.shape.type === 'structure') yield encodeEvent(name, member.shape, value);
      }
    }
  } catch (error) {
    // The status line is long gone: a declared error ends the stream as an event of its own; any other breaks it off.
    const declared = error instanceof WireError ? shape.byName.get(error.code) : undefined;
    if (!(error instanceof WireError) || declared?.shape.type !== 'structure') throw error;
    yield encodeEvent(error.code, declared.shape, { ...error.members, Message: error.message, message: error.message });
  }
}

function encodeEvent(name: string, shape: StructureShape, value: unknown): Uint8Array {
  if (shape.exception !== undefined) {
    return jsonMessage({ ':exception-type': name, ':message-type': 'exception' }, toJson(shape, value));
  }
  const head = { ':event-type': name, ':message-type': 'event' };
  const payload = shape.members.find((member) => member.eventPayload);
  if (payload?.shape.type !== 'blob') return jsonMessage(head, toJson(shape, value));
  // An event is an object; its blob is bytes or absent.
  const bytes = (value as Record<string, Uint8Array | undefined>)[payload.name] ?? new Uint8Array();
  return encodeMessage({ headers: { ...head, ':content-type': 'application/octet-stream' }, payload: bytes });
}

function jsonMessage(headers: Record<string, string>, json: unknown): Uint8Array {
  const payload = Buffer.from(JSON.stringify(json), 'utf8');
  return encodeMessage({ headers: { ...headers, ':content-type': 'application/json' }, payload });
}

async function* decodeEvents(
  shape: StructureShape,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Record<string, unknown>> {
  for await (const { headers, payload } of decodeMessages(body)) {
    if (headers[':message-type'] === 'error') {
      throw new WireError(
        headers[':error-code'] ?? 'InternalFailure',
        headers[':error-message'] ?? 'The stream failed.',
      );
    }
    const name = headers[':event-type'] ?? headers[':exception-type'] ?? '';
    const member = shape.byName.get(name);
    if (member?.shape.type !== 'structure') continue;
    const value = decodeEvent(member.shape, payload);
    if (member.shape.exception !== undefined) {
      const message = value['Message'] ?? value['message'];
      throw new WireError(name, typeof message === 'string' ? message : `The stream ended with ${name}.`, {
        members: value,
      });
    }
    yield { [name]: value };
  }
}

function decodeEvent(shape: StructureShape, payload: Uint8Array): Record<string, unknown> {
  const blob = shape.members.find((member) => member.eventPayload && member.shape.type === 'blob');
  if (blob !== undefined) return { [blob.name]: payload };
  return fromJson(shape, parseJsonObjectOrEmpty(Buffer.from(payload).toString('utf8')));
}

async function* chunks(body: WireResponse['body']): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body, 'utf8');
  else if (body instanceof Uint8Array) yield body;
  else yield* body;
}

async function* emptyStream(): AsyncGenerator<never> {}

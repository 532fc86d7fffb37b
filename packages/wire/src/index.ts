export { createClient } from './client/client.ts';
export type {
  CallOptions,
  ClientOptions,
  InputOf,
  OutputOf,
  SendRequest,
  SendResponse,
  ServiceClient,
  WaitOptions,
} from './client/client-options.ts';
export { WireError, commonStatus } from './errors.ts';
export type { WireErrorOptions } from './errors.ts';
export { decodeMessages, encodeMessage } from './event-stream/event-message.ts';
export type { EventMessage } from './event-stream/event-message.ts';
export { loadService, serviceNames } from './model/load-service.ts';
export type { ServiceName } from './model/load-service.ts';
export type { Operation, Paginator, ProtocolName, ServiceModel } from './model/service-model.ts';
export type { Member, Shape, StructureShape } from './model/shapes.ts';
export type {
  Body,
  ParsedRequest,
  Protocol,
  ResponseContext,
  WireRequest,
  WireResponse,
} from './protocols/protocol.ts';
export { readBody } from './protocols/body.ts';
export { detectProtocol, loadProtocol } from './protocols/protocols.ts';
export * from './sigv4/index.ts';
export { unknownMembers } from './validation/unknown-members.ts';
export { validate, validationCode } from './validation/validate.ts';

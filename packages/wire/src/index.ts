export { WireError, commonStatus } from './errors.ts';
export type { WireErrorOptions } from './errors.ts';
export { loadService, serviceNames } from './model/load-service.ts';
export type { ServiceName } from './model/load-service.ts';
export type { Operation, Paginator, ProtocolName, ServiceModel } from './model/service-model.ts';
export type { Member, Shape, StructureShape } from './model/shapes.ts';
export { unknownMembers } from './validation/unknown-members.ts';
export { validate } from './validation/validate.ts';
export * from './sigv4/index.ts';

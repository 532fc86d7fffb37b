import { commonStatus, WireError } from '../errors.ts';
import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { StructureShape } from '../model/shapes.ts';

/** What the service model says of an error. */
export interface ErrorFacts {
  /** The declared error; undefined for one that is common to all services. */
  readonly shape: StructureShape | undefined;
  /** `ResourceNotFound`: the code in JSON and CBOR. */
  readonly shapeName: string;
  /** The code in the query and XML protocols, which is sometimes another. */
  readonly queryCode: string;
  readonly status: number;
  readonly fault: 'client' | 'server';
}

/** Looks an error up, first among the operation's, then in the whole service; by its name or by its code on the wire. */
export function findError(service: ServiceModel, operation: Operation | undefined, error: WireError): ErrorFacts {
  const shape = findErrorShape(service, operation, error.code);
  const traits = shape?.exception;
  const status = error.statusGiven ? error.status : (traits?.status ?? error.status);
  return {
    shape,
    shapeName: shape?.name ?? error.code,
    queryCode: traits?.code ?? error.code,
    status: traits?.fault === 'server' && status < 500 ? 500 : status,
    fault: traits?.fault ?? error.fault,
  };
}

/** The error as a call throws it. `code` may carry a namespace or an address: `com.amazon#Code`, `Code:http://…`. */
export function createError(
  service: ServiceModel,
  operation: Operation,
  code: string | undefined,
  status: number,
  body: Record<string, unknown>,
  requestId: string | undefined,
  readMembers: (shape: StructureShape) => Record<string, unknown>,
): WireError {
  const plain = code?.split(':')[0]?.split('#').at(-1)?.trim();
  const shape = plain === undefined ? undefined : findErrorShape(service, operation, plain);
  const message = body['message'] ?? body['Message'] ?? body['errorMessage'];
  const finalCode = plain !== undefined && plain !== '' ? plain : codeOfStatus(status);
  const text =
    typeof message === 'string' && message !== '' ? message : `${operation.name} answered HTTP status ${status}.`;
  const error = new WireError(finalCode, text, {
    status,
    fault: status >= 500 ? 'server' : 'client',
    ...(shape === undefined ? {} : { members: declaredMembers(shape, readMembers(shape)) }),
  });
  error.requestId = requestId;
  return error;
}

/** The members of an error's body: the ones that the model declares, and the message under the declared name. */
export function errorMembers(shape: StructureShape | undefined, error: WireError): Record<string, unknown> {
  const declared = shape?.members.find((member) => member.name.toLowerCase() === 'message');
  return { ...error.members, ...(declared === undefined ? {} : { [declared.name]: error.message }) };
}

/** What the model declares beside the message. */
function declaredMembers(shape: StructureShape, members: Record<string, unknown>): Record<string, unknown> {
  const declared = Object.entries(members).filter(
    ([name]) => shape.byName.has(name) && name.toLowerCase() !== 'message',
  );
  return Object.fromEntries(declared);
}

function findErrorShape(
  service: ServiceModel,
  operation: Operation | undefined,
  code: string,
): StructureShape | undefined {
  const declared = operation?.errors.find((shape) => shape.name === code || shape.exception?.code === code);
  if (declared !== undefined) return declared;
  const shape = service.shape(code);
  return shape?.type === 'structure' && shape.exception !== undefined ? shape : undefined;
}

/** For answers that carry no code, such as those to HEAD requests and those of proxies. */
function codeOfStatus(status: number): string {
  if (status === 404) return 'NotFound';
  if (status === 403) return 'Forbidden';
  if (status === 412) return 'PreconditionFailed';
  if (status === 304) return 'NotModified';
  if (commonStatus('ServiceUnavailable') === status) return 'ServiceUnavailable';
  return status >= 500 ? 'InternalFailure' : 'BadRequest';
}

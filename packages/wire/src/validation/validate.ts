import { WireError } from '../errors.ts';
import type { Operation, ServiceModel } from '../model/service-model.ts';
import { compileValidator } from './compile-validator.ts';
import type { Findings } from './compile-validator.ts';

/**
 * Checks an operation's input against the service model; all violations are reported together, in AWS's words.
 * Thrown when a constraint is violated (the service's `validationCode`), when a value has the wrong type (`SerializationException`),
 * or when the service has no such operation (`UnknownOperationException`).
 */
export function validate(service: ServiceModel, operation: string | Operation, input: unknown): void {
  const shape = findOperation(service, operation).input;
  if (shape === undefined) return;
  const findings: Findings = { path: [], violations: [] };
  compileValidator(shape)(input ?? {}, findings);
  const { length } = findings.violations;
  if (length === 0) return;
  const plural = length === 1 ? 'error' : 'errors';
  const message = `${length} validation ${plural} detected: ${findings.violations.join('; ')}`;
  throw new WireError(validationCode(service), message);
}

/** The code under which the service refuses an input: `ValidationException` for most. */
export function validationCode(service: ServiceModel): string {
  return validationCodes[service.name] ?? 'ValidationException';
}

const validationCodes: Readonly<Record<string, string>> = {
  cloudwatch: 'ValidationError',
  ecr: 'InvalidParameterException',
  iam: 'ValidationError',
  logs: 'InvalidParameterException',
  s3: 'InvalidArgument',
  'sagemaker-runtime': 'ValidationError',
  sts: 'ValidationError',
};

export function findOperation(service: ServiceModel, operation: string | Operation): Operation {
  if (typeof operation !== 'string') return operation;
  const found = service.operation(operation);
  if (found !== undefined) return found;
  throw new WireError('UnknownOperationException', `${service.fullName} has no operation named "${operation}".`);
}

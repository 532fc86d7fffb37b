import { WireError } from '@rung/wire';
import type { IncomingHttpHeaders } from 'node:http';
import type { InvocationRequest } from '../../gateway/invocation.ts';
import type { RequestContext } from '../service.ts';

/**
 * Longest body of a request, in bytes. The API model says 6 MiB; AWS has since raised the limit of real-time endpoints to 25 MB, and no client checks it.
 */
export const maxInvocationBytes = 26_214_400;

export interface InvocationParts {
  /** As it stands in the path. */
  readonly endpointName: string;
  readonly body: Uint8Array;
  readonly context: Pick<RequestContext, 'account'>;
  readonly receivedAt: number;
  readonly streaming: boolean;
}

/** Checks the headers of a request as the API model constrains them. Thrown when one is wrong: `ValidationError`, every violation at once. */
export function parseInvocation(headers: IncomingHttpHeaders, parts: InvocationParts): InvocationRequest {
  const violations: string[] = [];
  const endpointName = decodeName(parts.endpointName, violations);
  const read = (header: string, member: string, constraint: Constraint): string | undefined =>
    check(headers[header], member, constraint, violations);
  const request: InvocationRequest = {
    endpointName,
    account: parts.context.account,
    body: parts.body,
    contentType: read('content-type', 'contentType', plainHeader),
    accept: read(parts.streaming ? 'x-amzn-sagemaker-accept' : 'accept', 'accept', plainHeader),
    customAttributes: read('x-amzn-sagemaker-custom-attributes', 'customAttributes', plainHeader),
    inferenceId: read('x-amzn-sagemaker-inference-id', 'inferenceId', opaqueId),
    sessionId: read('x-amzn-sagemaker-session-id', 'sessionId', sessionId),
    targetVariant: read('x-amzn-sagemaker-target-variant', 'targetVariant', name),
    receivedAt: parts.receivedAt,
  };
  // A hint for caches of prompts, which no program here keeps: checked, and without effect.
  read('x-amzn-sagemaker-prefix-aware-id', 'prefixAwareId', opaqueId);
  if (parts.body.byteLength > maxInvocationBytes) {
    violations.push(
      `Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${maxInvocationBytes}`,
    );
  }
  if (violations.length > 0) throw validationError(summary(violations));
  refuseUnsupported(headers, endpointName);
  return request;
}

interface Constraint {
  readonly max: number;
  readonly pattern: RegExp;
  /** The pattern as AWS words it. */
  readonly shown: string;
}

// oxlint-disable-next-line no-control-regex -- the model's \p{ASCII} has the control characters in it
const plainHeader: Constraint = { max: 1024, pattern: /^[\x00-\x7F]*$/, shown: '\\p{ASCII}*' };
const opaqueId: Constraint = { max: 64, pattern: /^[\x21-\x7E][\x20-\x7E]*$/, shown: '\\A\\S[\\p{Print}]*\\z' };
const name: Constraint = { max: 63, pattern: /^[a-zA-Z0-9](?:-*[a-zA-Z0-9])*$/, shown: '^[a-zA-Z0-9](-*[a-zA-Z0-9])*' };
const sessionId: Constraint = {
  max: 256,
  pattern: /^(?:NEW_SESSION|[a-zA-Z0-9](?:-*[a-zA-Z0-9])*)$/,
  shown: '^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$',
};

function check(
  given: string | string[] | undefined,
  member: string,
  constraint: Constraint,
  violations: string[],
): string | undefined {
  if (given === undefined) return undefined;
  const value = typeof given === 'string' ? given : given.join(', ');
  const broken =
    value.length > constraint.max
      ? `Member must have length less than or equal to ${constraint.max}`
      : constraint.pattern.test(value)
        ? undefined
        : `Member must satisfy regular expression pattern: ${constraint.shown}`;
  if (broken !== undefined) violations.push(`Value '${value}' at '${member}' failed to satisfy constraint: ${broken}`);
  return value;
}

function decodeName(raw: string, violations: string[]): string {
  let decoded = raw;
  try {
    if (raw.includes('%')) decoded = decodeURIComponent(raw);
  } catch {
    // Not a percent-encoding: the pattern below refuses it as it stands.
  }
  return check(decoded, 'endpointName', name, violations) ?? decoded;
}

/** What the endpoint would need to have been made for, and what Rung cannot make yet. */
function refuseUnsupported(headers: IncomingHttpHeaders, endpointName: string): void {
  for (const [header, member, what] of unsupported) {
    if (headers[header] === undefined) continue;
    throw validationError(`Endpoint ${endpointName} ${what}. Send the request without ${member}.`);
  }
}

const unsupported = [
  ['x-amzn-sagemaker-target-model', 'TargetModel', 'is not a multi-model endpoint'],
  [
    'x-amzn-sagemaker-target-container-hostname',
    'TargetContainerHostname',
    'has one container, so none of them can be chosen',
  ],
  ['x-amzn-sagemaker-inference-component', 'InferenceComponentName', 'has no inference components'],
  ['x-amzn-sagemaker-enable-explanations', 'EnableExplanations', 'was made without an ExplainerConfig'],
] as const;

function summary(violations: readonly string[]): string {
  return `${violations.length} validation ${violations.length === 1 ? 'error' : 'errors'} detected: ${violations.join('; ')}`;
}

function validationError(message: string): WireError {
  return new WireError('ValidationError', message, { status: 400 });
}

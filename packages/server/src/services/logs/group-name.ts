import { invalidParameter } from './errors.ts';

/** The group that a request means: by its name, or by its identifier, which is a name or an ARN. */
export function groupName(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  const { logGroupName, logGroupIdentifier } = input;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw invalidParameter('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if (logGroupName !== undefined) return logGroupName;
  if (logGroupIdentifier === undefined)
    throw invalidParameter('Either a LogGroup name or LogGroup ARN must be provided.');
  if (!logGroupIdentifier.startsWith('arn:')) return logGroupIdentifier;
  const [, name] = /^arn:[^:]*:logs:[^:]*:\d{12}:log-group:([^:]+)(?::\*)?$/.exec(logGroupIdentifier) ?? [];
  if (name === undefined) throw invalidParameter(`${logGroupIdentifier} is not the ARN of a log group.`);
  return name;
}

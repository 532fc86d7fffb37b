/**
 * What a person reads when a command fails: what failed, why, and what to do next. A user's mistake shows no stack; a fault of ours always does.
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `rung: ${String(error)}`;
  if ('code' in error && error.code === 'ConnectionFailed') {
    return 'rung: The platform does not answer. Start it with `rung up --detach`, or see `rung status`.';
  }
  if (error.name === 'WireError') return `rung: ${withOwnLog(error.message)}${hint(error)}`;
  if (isUsersMistake(error)) return `rung: ${error.message}`;
  return `rung: An error of Rung's own: ${error.stack ?? error.message}`;
}

/** A model's error names AWS's console, as SDKs expect of the wire. Here the log lies nearer. */
function withOwnLog(message: string): string {
  return message.replace(
    /See https:\S+#logEventViewer:group=\/aws\/sagemaker\/Endpoints\/(\S+) in account .*$/s,
    'See `rung logs endpoint/$1`.',
  );
}

/** Errors that are raised for users to read; anything else is a fault of ours. */
const told = new Set([
  'ConfigError',
  'DeploymentFailed',
  'KeyFileDamaged',
  'KeyRefused',
  'NoConnection',
  'PlatformNotRunning',
  'PortTaken',
  'ProcessingFailed',
  'SourceMissing',
  'StateFolderInUse',
  'StoreUnavailable',
  'TrainingFailed',
  'UsageError',
]);

function isUsersMistake(error: Error): boolean {
  return (
    told.has(error.name) ||
    ('code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) ||
    /cannot be uploaded/.test(error.message)
  );
}

function hint(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return code === 'UnrecognizedClientException' || code === 'InvalidAccessKeyId'
    ? '\nThe key in the environment is not one of this platform: run `eval "$(rung env)"` again, or see `rung keys ls`.'
    : ` (${code})`;
}

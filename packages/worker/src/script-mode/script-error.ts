/** Why a script could not be run, or how it failed, in the words of SageMaker's toolkit. The message becomes `/opt/ml/output/failure`. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface FailedCommand {
  /** `ExecuteUserScriptError`, `InstallRequirementsError`, `InstallModuleError`. */
  readonly kind: string;
  readonly exitCode: number;
  readonly command: readonly string[];
  /** What it wrote last on stderr. */
  readonly stderr: string;
}

/** What fits into a FailureReason beside the platform's own words. */
const longestMessage = 980;
const longestCommand = 300;

export function failedCommand({ kind, exitCode, command, stderr }: FailedCommand): ScriptError {
  const line = command.join(' ');
  const shown = line.length > longestCommand ? `${line.slice(0, longestCommand)}…` : line;
  const frame = (text: string): string => `${kind}:\nExitCode ${exitCode}\nErrorMessage "${text}"\nCommand "${shown}"`;
  const space = longestMessage - frame('').length;
  const tail = stderr.trimEnd();
  return new ScriptError(frame(tail.length > space ? wholeLines(tail.slice(-space)) : tail), exitCode);
}

/** Without the line that the cut left incomplete, when more follow it. */
function wholeLines(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 ? text : text.slice(end + 1);
}

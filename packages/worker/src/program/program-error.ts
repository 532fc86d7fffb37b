/** The program cannot be started, by its own or its user's fault: told as it is, without a stack. */
export class ProgramError extends Error {
  /** Absent when nothing was started. As shells and container engines count: 125 for what the engine refuses, 126 for what may not be executed, 127 for what is not there. */
  readonly code: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.name = 'ProgramError';
    this.code = code;
  }
}

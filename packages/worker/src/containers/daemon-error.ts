/** The daemon answered, and refused. */
export class DaemonError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DaemonError';
    this.status = status;
  }
}

/** The daemon did not answer, or broke off. */
export class DaemonUnreachable extends Error {
  constructor(socket: string, why: string, options?: ErrorOptions) {
    super(`The container daemon at ${socket} does not answer: ${why}`, options);
    this.name = 'DaemonUnreachable';
  }
}

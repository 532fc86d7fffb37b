/** Whose fault a failed training job or request is decides what its failure reason begins with. */

/** The user's data, hyperparameters or request are wrong: the message says which value, where, and what is allowed. */
export class ClientError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
  }
}

/** The algorithm cannot go on with data that is well formed, e.g. because the loss is no longer finite. */
export class AlgorithmError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AlgorithmError';
  }
}

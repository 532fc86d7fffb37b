/** How long a client may take, in milliseconds. */
export interface Timeouts {
  /** From the first byte of a request to the end of its headers. Default 10,000. */
  readonly headers: number;
  /** Between two pieces of a body. Default 30,000. */
  readonly idleBody: number;
  /** For a whole body that is kept in memory; a streamed one may take as long as it flows. Default 120,000. */
  readonly wholeBody: number;
  /** Between two requests on one connection. Default 65,000: longer than the pools of clients, so that they close first. */
  readonly keepAlive: number;
}

export const defaultTimeouts: Timeouts = { headers: 10_000, idleBody: 30_000, wholeBody: 120_000, keepAlive: 65_000 };

import { readFileSync } from 'node:fs';
import type { StopOrder } from './instance-spec.ts';

/** When the program has to end. */
export interface ProgramStop {
  readonly stop: AbortSignal;
  readonly abandon: AbortSignal;
}

/** Whether the engine wants this instance to end. It writes the stop file first and then signals, so no order is missed. */
export class StopRequest implements ProgramStop {
  readonly #file: string;
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  #order: StopOrder | undefined;

  constructor(stopFile: string) {
    this.#file = stopFile;
    process.on('SIGTERM', () => this.#read(true));
    process.on('SIGINT', () => this.#read(true));
  }

  /** Looks for an order that came before the claim. */
  check(): void {
    this.#read(false);
  }

  /** Aborted once the program has to end. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted once everything has to end at once, without storing outputs. */
  get abandon(): AbortSignal {
    return this.#abandon.signal;
  }

  /** Set when the instance is interrupted, not stopped: there is nothing to keep but checkpoints. */
  get interrupt(): StopOrder['interrupt'] {
    return this.#order?.interrupt;
  }

  #read(signalled: boolean): void {
    let order: StopOrder | undefined;
    try {
      this.#order = order = JSON.parse(readFileSync(this.#file, 'utf8')) as StopOrder; // written whole by the engine only
    } catch {
      // No order yet. A bare SIGTERM (the machine shuts down) asks for an orderly end all the same.
    }
    if (order?.abandon === true) this.#abandon.abort();
    if (order !== undefined || signalled) this.#stop.abort();
  }
}

import { WireError } from '@rung/wire';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clients, describeError, gotNoAnswer } from './clients.ts';
import { endpointName } from './endpoint-traffic.ts';
import type { Findings } from './findings.ts';

const patienceMs = 60_000;

/** Makes endpoints, updates them and takes them away again, so that kills meet endpoints in every state. */
export class EndpointChurn {
  /** Endpoints that came and went. */
  rounds = 0;
  readonly #clients: Clients;
  readonly #findings: Findings;
  #running = true;
  #loop: Promise<void> = Promise.resolve();

  constructor(clients: Clients, findings: Findings) {
    this.#clients = clients;
    this.#findings = findings;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Resolves when the last endpoint has gone. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const name = `churn-${this.rounds + 1}`;
      try {
        await this.#oneRound(name);
        this.rounds += 1;
      } catch (error) {
        this.#findings.add(`endpoint ${name}: ${describeError(error)}`);
        return;
      }
    }
  }

  async #oneRound(name: string): Promise<void> {
    const { sagemaker } = this.#clients;
    const endpoint = { EndpointName: name };
    // Refused as taken, it was made by a call that got no answer.
    await this.#persist(
      () => sagemaker.call('CreateEndpoint', { ...endpoint, EndpointConfigName: endpointName }),
      /already exist/i,
    );
    await this.#until(name, 'InService');
    await this.#persist(
      () => sagemaker.call('UpdateEndpoint', { ...endpoint, EndpointConfigName: endpointName }),
      /Updating/,
    );
    await this.#until(name, 'InService');
    await this.#persist(() => sagemaker.call('DeleteEndpoint', endpoint), /Could not find|in-progress/i);
    await this.#until(name, undefined);
  }

  /** Calls until an answer comes. */
  async #persist(call: () => Promise<unknown>, doneBefore: RegExp): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (let tries = 1; ; tries += 1) {
      try {
        await call();
        return;
      } catch (error) {
        if (!gotNoAnswer(error)) {
          if (tries > 1 && error instanceof WireError && doneBefore.test(error.message)) return;
          throw error;
        }
        if (performance.now() > deadline) throw error;
        await sleep(20);
      }
    }
  }

  async #until(name: string, wanted: string | undefined): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const { status, reason } = await this.#status(name);
      if (status === wanted) return;
      if (status === 'Failed' || performance.now() > deadline)
        throw new Error(`it is ${status ?? 'gone'} and not ${wanted ?? 'gone'}: ${reason}`);
      await sleep(50);
    }
  }

  async #status(name: string): Promise<{ status: string | undefined; reason: string | undefined }> {
    let found: { status: string | undefined; reason: string | undefined } = { status: undefined, reason: undefined };
    const describe = async (): Promise<void> => {
      const { EndpointStatus, FailureReason } = await this.#clients.sagemaker.call('DescribeEndpoint', {
        EndpointName: name,
      });
      found = { status: EndpointStatus, reason: FailureReason };
    };
    try {
      await this.#persist(describe, /(?!)/);
    } catch (error) {
      if (!(error instanceof WireError) || !/Could not find/.test(error.message)) throw error;
    }
    return found;
  }
}

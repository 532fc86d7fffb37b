import { setTimeout as pause } from 'node:timers/promises';
import { WireError } from '../errors.ts';
import { loadService } from '../model/load-service.ts';
import type { ServiceName } from '../model/load-service.ts';
import type { RawAcceptor, RawWaiter } from '../model/raw-model.ts';
import type { WaitOptions } from './client-options.ts';
import type { Call } from './paginate.ts';
import { selectPath } from './select-path.ts';

/** Calls the waiter's operation until its outcome is decided. */
export async function waitUntil(
  service: ServiceName,
  call: Call,
  name: string,
  input: object,
  options: WaitOptions,
): Promise<void> {
  const model = await loadService(service);
  const waiter = model.waiter(name);
  if (waiter === undefined) {
    throw new Error(`${model.fullName} has no waiter "${name}"; it has ${model.waiterNames.join(', ')}`);
  }
  const maxAttempts = options.maxAttempts ?? waiter.maxAttempts;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await look(waiter, call, input, options);
    const state = decide(waiter, outcome);
    if (state === 'success') return;
    if (state === 'failure') throw failed(name, waiter, outcome);
    if (outcome.error !== undefined && state === undefined) throw outcome.error;
    if (attempt >= maxAttempts) {
      throw new WireError('WaiterTimedOut', `${name} was not reached after ${attempt} looks with ${waiter.operation}.`);
    }
    await pause((options.delaySeconds ?? waiter.delay) * 1000, undefined, { signal: options.signal });
  }
}

interface Outcome {
  readonly output?: Record<string, unknown>;
  readonly error?: WireError;
}

async function look(waiter: RawWaiter, call: Call, input: object, { signal }: WaitOptions): Promise<Outcome> {
  try {
    return { output: await call(waiter.operation, input, signal === undefined ? {} : { signal }) };
  } catch (error) {
    if (error instanceof WireError && error.code !== 'ConnectionFailed') return { error };
    throw error;
  }
}

function decide(waiter: RawWaiter, outcome: Outcome): RawAcceptor['state'] | undefined {
  return waiter.acceptors.find((acceptor) => matches(acceptor, outcome))?.state;
}

function matches({ matcher, argument = '', expected }: RawAcceptor, { output, error }: Outcome): boolean {
  switch (matcher) {
    case 'error':
      return expected === true || expected === false ? expected === (error !== undefined) : error?.code === expected;
    case 'status':
      return error === undefined ? expected === 200 : error.status === expected;
    case 'path':
      return output !== undefined && selectPath(argument, output)[0] === expected;
    case 'pathAny':
      return output !== undefined && selectPath(argument, output).includes(expected);
    case 'pathAll':
      break;
  }
  const values = output === undefined ? [] : selectPath(argument, output);
  return values.length > 0 && values.every((value) => value === expected);
}

function failed(name: string, waiter: RawWaiter, { output, error }: Outcome): WireError {
  const reason = output?.['FailureReason'] ?? output?.['StatusMessage'];
  const text = typeof reason === 'string' ? reason : (error?.message ?? stateOf(waiter, output));
  const message = `${name} can no longer be reached: ${text}`;
  return new WireError('WaiterFailed', message, error === undefined ? {} : { cause: error });
}

function stateOf(waiter: RawWaiter, output: Record<string, unknown> | undefined): string {
  const path = waiter.acceptors.find(({ state, argument }) => state === 'failure' && argument !== undefined)?.argument;
  const value = path === undefined ? undefined : selectPath(path, output)[0];
  return typeof value === 'string' ? `its state is ${value}.` : `${waiter.operation} says so.`;
}

/** Calls a service's handlers directly, as the front door does once a request is known to be valid. */
import { WireError } from '@rung/wire';
import type { RequestContext, Service } from '../service.ts';

export const testContext: RequestContext = {
  requestId: '00000000-0000-0000-0000-000000000000',
  region: 'us-east-1',
  account: '000000000000',
  principal: {
    accessKeyId: 'AKIATEST',
    arn: 'arn:aws:sts::000000000000:assumed-role/test/test',
    userId: 'AROATEST:test',
  },
  origin: 'http://127.0.0.1:7070',
  signal: new AbortController().signal,
  headers: {},
};

type Call<Operations> = <Name extends keyof Operations & string>(
  name: Name,
  input: Operations[Name] extends { input: infer Input } ? Input : never,
) => Promise<Operations[Name] extends { output: infer Output } ? Output : never>;

export function caller<Operations>(service: Service, context: RequestContext = testContext): Call<Operations> {
  return async (name, input) => {
    const handler = service.handlers[name];
    if (!handler) throw new WireError('NotImplementedException', `${service.name} has no handler for ${name}.`);
    // Safe: the service is typed by the same table of operations.
    return (await handler(input as never, context)) as never;
  };
}

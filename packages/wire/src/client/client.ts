import type { ServiceName } from '../model/load-service.ts';
import type { CallOptions, ClientOptions, ServiceClient, WaitOptions } from './client-options.ts';

/**
 * A client of one service, over functions that send and sign: it does no I/O of its own. The service's model is read
 * at the first call. `Operations` is the generated table of the same service: `createClient<SagemakerOperations>('sagemaker', …)`.
 */
export function createClient<Operations>(service: ServiceName, options: ClientOptions): ServiceClient<Operations> {
  // All of a client's work is read at its first use: a server has the package too, and calls nobody.
  const call = async (name: string, input: object, callOptions: CallOptions = {}) => {
    const { callOperation } = await import('./call-operation.ts');
    return callOperation(service, name, input, options, callOptions);
  };
  const client = {
    call,
    async *paginate(name: string, input: object, callOptions?: CallOptions) {
      const { paginate } = await import('./paginate.ts');
      yield* paginate(service, call, name, input, callOptions);
    },
    async waitUntil(waiter: string, input: object, waitOptions: WaitOptions = {}) {
      const { waitUntil } = await import('./wait-until.ts');
      await waitUntil(service, call, waiter, input, waitOptions);
    },
  };
  // Through `unknown`: the table of operations, generated from the model that is read here, types what is not typed above.
  return client as unknown as ServiceClient<Operations>;
}

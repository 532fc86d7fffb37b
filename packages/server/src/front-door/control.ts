/** What one can do to a platform of Rung that AWS has no operation for: signed like everything else, below `/rung/`. */
import { type ServiceName, WireError } from '@rung/wire';
import type { Exchange } from './exchange.ts';

/** Does what its name says with the document of the request; answers another. Throws a `WireError`. */
export type ControlOperation = (input: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;

/** By what follows `/rung/` in the path. */
export type ControlOperations = Readonly<Record<string, ControlOperation>>;

const prefix = '/rung/';

/** Only for what is signed for SageMaker: an S3 bucket may be called `rung`. */
export function isControl(service: ServiceName, { path }: Exchange): boolean {
  return service === 'sagemaker' && path.startsWith(prefix);
}

/** Answers a request whose signature was proven. Throws when there is no such operation, or its document is none. */
export async function control(exchange: Exchange, body: Uint8Array, operations: ControlOperations): Promise<void> {
  const { path, request, response, requestId } = exchange;
  const name = path.slice(prefix.length);
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined || request.method !== 'POST') {
    const known = Object.keys(operations).map((each) => `POST ${prefix}${each}`);
    throw new WireError('UnknownOperationException', `Rung knows below ${prefix}: ${known.join(', ')}.`, {
      status: 404,
    });
  }
  const text = JSON.stringify(await operation(parse(body)));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': requestId,
  });
  response.end(text);
}

function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, as for any other document that is none.
  }
  throw new WireError('SerializationException', 'The request must be a JSON object.');
}

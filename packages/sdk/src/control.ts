/** What Rung does that AWS has no operation for: documents to paths below `/rung/`, signed like everything else. */
import { WireError } from '@rung/wire';
import { signRequest } from '@rung/wire/sigv4';
import type { Connection } from './connection.ts';

/**
 * @throws WireError with the platform's reason when it refuses; Error when the connection leads to AWS, or nobody answers.
 */
export async function control(connection: Connection, operation: string, input: object): Promise<unknown> {
  const { endpoint, region, credentials } = connection;
  if (endpoint === undefined)
    throw new Error(
      `This session speaks with AWS, which knows no ${operation}. Set AWS_ENDPOINT_URL to a platform of Rung.`,
    );
  const url = new URL(`/rung/${operation}`, endpoint);
  const body = JSON.stringify(input);
  const unsigned = { method: 'POST', url, headers: { 'content-type': 'application/json' }, body };
  const headers = signRequest(unsigned, credentials, { region, service: 'sagemaker' });
  const response = await fetch(url, { method: 'POST', headers, body });
  const answer = parse(await response.text());
  if (response.ok) return answer;
  const { __type: type = 'UnknownError', message = `The platform answered ${response.status}.` } = answer;
  throw new WireError(String(type).replace(/^.*#/, ''), String(message), { status: response.status });
}

/** Refusals have the form that SageMaker gives its own. */
function parse(text: string): { readonly __type?: unknown; readonly message?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

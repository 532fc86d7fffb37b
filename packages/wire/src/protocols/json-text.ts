import { WireError } from '../errors.ts';

/** The object of a JSON text; an empty text is an empty object. Thrown when it is no JSON object (`SerializationException`). */
export function parseJsonObject(text: string): Record<string, unknown> {
  if (text === '') return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new WireError('SerializationException', `The body is not valid JSON: ${reason(cause)}`, { cause });
  }
  if (isObject(json)) return json;
  throw new WireError('SerializationException', 'The body must be a JSON object.');
}

/** The same for an error's body, which may be a proxy's page: what is no JSON object is empty. */
export function parseJsonObjectOrEmpty(text: string): Record<string, unknown> {
  try {
    return parseJsonObject(text);
  } catch {
    // The status and the headers still tell what went wrong.
    return {};
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown reason';
}

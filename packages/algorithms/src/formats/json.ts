/** JSON of a user: of a request, or of a file. */
import { ClientError } from '../errors.ts';

/** `place`: named in the message. Thrown when the text is no JSON: ClientError. */
export function parseJson(source: string, place: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    throw new ClientError(`${place} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

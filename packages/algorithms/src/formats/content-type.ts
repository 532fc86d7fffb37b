/** Media types with parameters, e.g. `text/csv;label_size=1`. */
import { ClientError } from '../errors.ts';

export interface ContentType {
  /** Lower case, e.g. `text/csv`. */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export const csvType = 'text/csv';
export const recordioType = 'application/x-recordio-protobuf';
export const jsonType = 'application/json';
export const jsonLinesType = 'application/jsonlines';

export function parseContentType(text: string): ContentType {
  const [type = '', ...rest] = text.split(';');
  const parameters: Record<string, string> = {};
  for (const part of rest) {
    const [name = '', value = ''] = part.split('=', 2);
    parameters[name.trim().toLowerCase()] = value.trim().replaceAll('"', '');
  }
  return { type: type.trim().toLowerCase(), parameters };
}

/** The `label_size` parameter, `undefined` when it is not given. Thrown when it is not a whole number: ClientError. */
export function labelSizeOf(contentType: ContentType): number | undefined {
  const text = contentType.parameters['label_size'];
  if (text === undefined) return undefined;
  if (!/^\d{1,4}$/.test(text))
    throw new ClientError(
      `label_size=${text} in the content type is not valid: it must be a whole number, e.g. text/csv;label_size=1`,
    );
  return Number(text);
}

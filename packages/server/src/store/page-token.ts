/**
 * Opaque tokens that say where a list goes on: the sort key of the last item shown, not a position, so that inserts and deletes between
 * two pages neither repeat an item nor skip one.
 */
import { InvalidToken } from './errors.ts';

export type SortKey = readonly (string | number)[];

/** `order` names the list's order; a token is only good for the order that made it. */
export function encodePageToken(order: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString('base64url');
}

/** @throws InvalidToken when the token is not one of ours, or of another order, or when its key has other types than `like`. */
export function decodePageToken(token: string, order: string, like: SortKey): SortKey {
  const [tokenOrder, ...key] = parse(token);
  if (tokenOrder !== order || key.length !== like.length) throw new InvalidToken();
  return key.map((part, index) => {
    if ((typeof part !== 'string' && typeof part !== 'number') || typeof part !== typeof like[index])
      throw new InvalidToken();
    return part;
  });
}

function parse(token: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Not JSON: not one of ours, as said below.
  }
  throw new InvalidToken();
}

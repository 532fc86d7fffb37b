/** A page of a listing, from an index that is ordered by key. Prefixes that the delimiter folds are skipped by one seek each. */
import { ObjectStoreError } from '../object-store-error.ts';
import type { ListObjectsQuery } from '../object-store.ts';
import { keyBytes, type ObjectEntry } from './object-index.ts';

export interface EntriesPage {
  entries: ObjectEntry[];
  commonPrefixes: string[];
  next?: string;
}

/** Objects in key order, `from` (inclusive) to `to` (exclusive). */
export type ReadRange = (from: Uint8Array, to: Uint8Array | undefined, limit: number) => ObjectEntry[];

const MAX_PAGE = 1000;
const NOTHING = new Uint8Array();

export function listObjects(read: ReadRange, query: ListObjectsQuery): EntriesPage {
  const { prefix = '', delimiter = '', limit = MAX_PAGE } = query;
  const end = keyBytes(prefix).length === 0 ? undefined : afterAllWith(prefix);
  const entries: ObjectEntry[] = [];
  const commonPrefixes: string[] = [];
  let from = latest(
    keyBytes(prefix),
    query.startAfter === undefined ? NOTHING : after(query.startAfter),
    tokenBytes(query.token),
  );
  let room = Math.min(limit, MAX_PAGE);
  // Small at first after a fold: most of what a large read brings would be folded away.
  let batch = delimiter === '' ? room + 1 : 8;
  for (;;) {
    if (end !== undefined && Buffer.compare(from, end) >= 0) return { entries, commonPrefixes };
    const found = read(from, end, batch);
    let folded = false;
    for (const entry of found) {
      if (room === 0) return { entries, commonPrefixes, next: Buffer.from(from).toString('base64url') };
      room--;
      const at = delimiter === '' ? -1 : entry.key.indexOf(delimiter, prefix.length);
      folded = at >= 0;
      if (folded) {
        const common = entry.key.slice(0, at + delimiter.length);
        commonPrefixes.push(common);
        from = afterAllWith(common);
        break;
      }
      entries.push(entry);
      from = after(entry.key);
    }
    if (!folded && found.length < batch) return { entries, commonPrefixes };
    batch = folded ? 8 : Math.min(batch * 4, MAX_PAGE + 1);
  }
}

/** The first possible key after `key`. */
function after(key: string): Uint8Array {
  return Buffer.concat([keyBytes(key), Buffer.of(0)]);
}

/** The first possible key after all that start with `prefix`. No byte of UTF-8 is 0xff, so the last one can be raised. */
function afterAllWith(prefix: string): Uint8Array {
  const bytes = Buffer.from(prefix);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes;
}

function tokenBytes(token: string | undefined): Uint8Array {
  if (token === undefined) return NOTHING;
  if (!/^[\w-]+$/.test(token))
    throw new ObjectStoreError('InvalidArgument', 'The continuation token provided is incorrect', {
      ArgumentName: 'continuation-token',
    });
  return Buffer.from(token, 'base64url');
}

function latest(...bounds: Uint8Array[]): Uint8Array {
  return bounds.reduce((a, b) => (Buffer.compare(a, b) >= 0 ? a : b));
}

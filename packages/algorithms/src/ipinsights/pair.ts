/** A line of text as an entity and an address. */

export interface Pair {
  readonly entity: string;
  /** 32 bits, the first number of the dotted form highest. */
  readonly address: number;
}

/** The pair, or what is wrong with the line. The entity may stand in quotes, and hold commas then. */
export function parsePairLine(line: string): Pair | { readonly problem: string } {
  const fields = fieldsOf(line);
  return fields.length === 2
    ? parsePair(fields[0] ?? '', fields[1] ?? '')
    : { problem: `${fields.length} field${fields.length === 1 ? '' : 's'}, expected 2: entity and IPv4 address` };
}

/** Blanks around both are not part of them. */
export function parsePair(entityText: string, addressText: string): Pair | { readonly problem: string } {
  const entity = entityText.trim();
  if (entity === '') return { problem: 'column 1: the entity is empty' };
  const address = parseAddress(addressText.trim());
  return address === undefined
    ? { problem: `column 2: '${addressText.trim()}' is not an IPv4 address such as 192.0.2.1` }
    : { entity, address };
}

/** Four numbers from 0 to 255 without zeros in front, with dots between them. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return address;
}

/** The vector that an entity shares with those whose hash is the same: FNV-1a over its UTF-8 bytes, mixed as MurmurHash ends, modulo `vectors`. */
export function entityNumber(entity: string, vectors: number): number {
  let hash = FNV_START;
  for (const byte of new TextEncoder().encode(entity)) hash = Math.imul(hash ^ byte, FNV_FACTOR);
  return finish(hash) % vectors;
}

export const FNV_START = 0x811c9dc5;
export const FNV_FACTOR = 0x01000193;

/** FNV alone leaves similar names near each other. */
export function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?=,|$)/.exec(line.slice(at));
    const end = quoted === null ? line.indexOf(',', at) : at + quoted[0].length;
    const isLast = end === -1 || end >= line.length;
    fields.push(quoted?.[1]?.replaceAll('""', '"') ?? line.slice(at, isLast ? undefined : end));
    if (isLast) return fields;
    at = end + 1;
  }
}

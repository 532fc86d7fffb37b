import type { Collective } from '../collective/collective.ts';

/** The pieces of all hosts, one after another in the order of the hosts. */
export async function joined(collective: Collective, pieces: readonly Float32Array[]): Promise<Float32Array> {
  const own = concat(pieces);
  if (collective.size === 1) return own;
  const told = await collective.gather(new Uint8Array(own.buffer));
  return concat(told.map((bytes) => new Float32Array(new Uint8Array(bytes).buffer)));
}

function concat(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

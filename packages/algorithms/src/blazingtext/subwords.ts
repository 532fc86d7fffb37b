/** Hashes of words and of their character n-grams, as fastText has them (Bojanowski et al.: Enriching word vectors with subword information, 2017). */

export interface SubwordOptions {
  readonly minChar: number;
  readonly maxChar: number;
  readonly buckets: number;
}

/** FNV-1a over the bytes of UTF-8, which count as signed. An unsigned number of 32 bits. */
export function hashWord(word: string): number {
  const bytes = Buffer.from(word);
  return hashBytes(bytes, 0, bytes.length);
}

/** Buckets of the n-grams of `<word>`, in their order. */
export function subwordBuckets(word: string, { minChar, maxChar, buckets }: SubwordOptions): number[] {
  const bytes = Buffer.from(`<${word}>`);
  const found: number[] = [];
  for (let start = 0; start < bytes.length; start++) {
    if (isContinuation(bytes[start])) continue;
    let end = start;
    for (let size = 1; end < bytes.length && size <= maxChar; size++) {
      do end++;
      while (isContinuation(bytes[end]));
      if (size < minChar || (size === 1 && (start === 0 || end === bytes.length))) continue;
      found.push(hashBytes(bytes, start, end) % buckets);
    }
  }
  return found;
}

/** Buckets of the n-grams of up to `most` neighbouring words, given the hashes of the words of a line. */
export function wordGramBuckets(hashes: readonly number[], most: number, buckets: number): number[] {
  const found: number[] = [];
  for (let first = 0; first < hashes.length; first++) {
    let [high, low] = extended(hashes[first] ?? 0);
    for (let next = first + 1; next < hashes.length && next < first + most; next++) {
      [high, low] = timesFactor(high, low);
      const [more, lower] = extended(hashes[next] ?? 0);
      const sum = low + lower;
      low = sum >>> 0;
      high = (high + more + (sum > 0xffff_ffff ? 1 : 0)) >>> 0;
      found.push(remainder(high, low, buckets));
    }
  }
  return found;
}

function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 2_166_136_261;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    hash = Math.imul(hash ^ (byte < 128 ? byte : byte - 256), 16_777_619);
  }
  return hash >>> 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** A hash as a signed number, in 64 bits. */
function extended(hash: number): [number, number] {
  return [hash >= 2 ** 31 ? 0xffff_ffff : 0, hash];
}

/** Times 116049371, in 64 bits: by halves of 16 bits, so that no product passes what a number holds exactly. */
function timesFactor(high: number, low: number): [number, number] {
  const factor = 116_049_371;
  const first = (low & 0xffff) * factor;
  const second = (low >>> 16) * factor + Math.floor(first / 65_536);
  const newLow = (second % 65_536) * 65_536 + (first % 65_536);
  return [(Math.imul(high, factor) + Math.floor(second / 65_536)) >>> 0, newLow];
}

function remainder(high: number, low: number, divisor: number): number {
  const shifted = ((((high % divisor) * 65_536) % divisor) * 65_536) % divisor;
  return (shifted + (low % divisor)) % divisor;
}

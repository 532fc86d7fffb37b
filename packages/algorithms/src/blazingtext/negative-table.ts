/** Words at random by their frequency to the power of 3/4, each in constant time (Walker's alias method, as Vose builds it). */

/** Two numbers of 32 bits per word: the share of 2^32 in which its place stands for itself, and the word that it stands for otherwise. */
export function aliasTable(counts: readonly number[]): Uint32Array {
  const weights = counts.map((count) => Math.max(1, count) ** 0.75);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Float64Array.from(weights, (weight) => (weight * counts.length) / total);
  const table = new Uint32Array(counts.length * 2);
  const small: number[] = [];
  const large: number[] = [];
  for (const [word, share] of shares.entries()) (share < 1 ? small : large).push(word);
  for (let word = small.pop(); word !== undefined; word = small.pop()) {
    const other = large.pop();
    const share = shares[word] ?? 0;
    place(table, word, other === undefined ? 1 : share, other ?? word);
    if (other === undefined) continue;
    const left = (shares[other] ?? 0) - (1 - share);
    shares[other] = left;
    (left < 1 ? small : large).push(other);
  }
  for (const word of large) place(table, word, 1, word);
  return table;
}

function place(table: Uint32Array, word: number, share: number, other: number): void {
  table[word * 2] = Math.min(0xffff_ffff, share * 2 ** 32);
  table[word * 2 + 1] = other;
}

/** Per word the share of its occurrences that are learnt from, of 2^32 - 1: sqrt(t / f) + t / f for a word that is the part f of the text. */
export function keepShares(counts: readonly number[], tokens: number, threshold: number): Uint32Array {
  return Uint32Array.from(counts, (count) => {
    const ratio = threshold === 0 ? 1 : (threshold * tokens) / count;
    return Math.min(1, Math.sqrt(ratio) + ratio) * 0xffff_ffff;
  });
}

/** Moves `vector` to the nearest point whose numbers are not negative and sum to 1 (Duchi et al., ICML 2008). */
export function projectOnSimplex(vector: Float64Array): void {
  const sorted = vector.toSorted().reverse();
  let sum = 0;
  let shift = 0;
  for (const [index, value] of sorted.entries()) {
    sum += value;
    const candidate = (sum - 1) / (index + 1);
    if (value <= candidate) break;
    shift = candidate;
  }
  for (let i = 0; i < vector.length; i++) vector[i] = Math.max(0, (vector[i] ?? 0) - shift);
}

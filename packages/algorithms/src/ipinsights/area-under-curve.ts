/** The probability that a pair of the data scores higher than another one, a tie counting half. Sorts both arrays. */
export function areaUnderCurve(positives: Float32Array, negatives: Float32Array): number {
  positives.sort();
  negatives.sort();
  let won = 0;
  let below = 0;
  let upTo = 0;
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] ?? 0) < score) below++;
    upTo = Math.max(upTo, below);
    while (upTo < negatives.length && (negatives[upTo] ?? 0) <= score) upTo++;
    won += (below + upTo) / 2;
  }
  return won / positives.length / negatives.length;
}

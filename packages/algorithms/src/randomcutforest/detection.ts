/** How well scores tell anomalies: by the rule that a score more than three deviations above the mean score is one. */

export interface Detection {
  /** Scores above it count as anomalies. */
  readonly cutoff: number;
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** `labels`: 1 for an anomaly, one per score. A quotient without a divisor is 0. */
export function judgeDetection(scores: ArrayLike<number>, labels: ArrayLike<number>): Detection {
  const cutoff = cutoffOf(scores);
  let hits = 0;
  let right = 0;
  let found = 0;
  let anomalies = 0;
  for (let row = 0; row < scores.length; row++) {
    const isFound = (scores[row] ?? 0) > cutoff;
    const isAnomaly = labels[row] === 1;
    if (isFound) found++;
    if (isAnomaly) anomalies++;
    if (isFound && isAnomaly) hits++;
    if (isFound === isAnomaly) right++;
  }
  const precision = found === 0 ? 0 : hits / found;
  const recall = anomalies === 0 ? 0 : hits / anomalies;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { cutoff, accuracy: right / scores.length, precision, recall, f1 };
}

function cutoffOf(scores: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < scores.length; row++) sum += scores[row] ?? 0;
  const mean = sum / scores.length;
  let squares = 0;
  for (let row = 0; row < scores.length; row++) squares += ((scores[row] ?? 0) - mean) ** 2;
  return mean + 3 * Math.sqrt(squares / scores.length);
}

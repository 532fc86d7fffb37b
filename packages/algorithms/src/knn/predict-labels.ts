import type { PredictorType } from './artifact.ts';

/** @param labels k per row, those of the nearest first. Of labels that equally many neighbors have, the one that the nearest of them has is predicted. */
export function predictLabels(predictor: PredictorType, labels: Float32Array, k: number): Float32Array {
  const predict = predictor === 'classifier' ? mostFrequent : mean;
  return Float32Array.from({ length: labels.length / k }, (_, row) => predict(labels.subarray(row * k, (row + 1) * k)));
}

function mean(labels: Float32Array): number {
  return labels.reduce((sum, label) => sum + label, 0) / labels.length;
}

function mostFrequent(labels: Float32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let best = labels[0] ?? 0;
  // A map keeps the order in which its keys came: the label of a nearer neighbor is looked at first.
  for (const [label, count] of counts) if (count > (counts.get(best) ?? 0)) best = label;
  return best;
}

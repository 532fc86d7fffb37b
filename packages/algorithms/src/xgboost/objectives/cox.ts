/** Cox regression: a negative label is a time at which a row was last seen, a positive one a time at which its event came. Rows of one host are compared with each other. */
import type { GradientTask } from './objective.ts';

export function coxGradients({ data, margins, gradients }: GradientTask): void {
  const labels = data.labels.values;
  const order = byTime(labels);
  let atRisk = 0;
  for (let row = 0; row < labels.length; row++) atRisk += Math.exp(margins.values[row] ?? 0);
  let inverse = 0;
  let inverseSquares = 0;
  let last = 0;
  let lastTime = 0;
  let gone = 0;
  for (const row of order) {
    const hazard = Math.exp(margins.values[row] ?? 0);
    const label = labels[row] ?? 0;
    const time = Math.abs(label);
    gone += last;
    if (lastTime < time) {
      atRisk -= gone;
      gone = 0;
    }
    if (label > 0) {
      inverse += 1 / atRisk;
      inverseSquares += 1 / atRisk ** 2;
    }
    const weight = data.weights?.values[row] ?? 1;
    gradients.values[2 * row] = (hazard * inverse - (label > 0 ? 1 : 0)) * weight;
    gradients.values[2 * row + 1] = (hazard * inverse - hazard ** 2 * inverseSquares) * weight;
    lastTime = time;
    last = hazard;
  }
}

/** Rows by the size of their label, ties in their order. */
export function byTime(labels: Float32Array): Int32Array {
  return Int32Array.from(labels, (_, row) => row).sort(
    (a, b) => Math.abs(labels[a] ?? 0) - Math.abs(labels[b] ?? 0) || a - b,
  );
}

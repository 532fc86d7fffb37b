/** Objectives of one margin and one label: formulas as in XGBoost. */
import type { GradientTask, ObjectiveSettings } from './objective.ts';

/** Writes first and second derivative to `into`. */
export type PointGradient = (margin: number, label: number, into: Float64Array) => void;

export function pointwise(gradient: PointGradient): (task: GradientTask) => void {
  const pair = new Float64Array(2);
  return ({ data, margins, gradients }) => {
    const labels = data.labels.values;
    const weights = data.weights?.values;
    const out = gradients.values;
    for (let row = 0; row < labels.length; row++) {
      gradient(margins.values[row] ?? 0, labels[row] ?? 0, pair);
      const weight = weights === undefined ? 1 : (weights[row] ?? 1);
      out[2 * row] = (pair[0] ?? 0) * weight;
      out[2 * row + 1] = (pair[1] ?? 0) * weight;
    }
  };
}

export const squaredLogError: PointGradient = (margin, label, into) => {
  const score = Math.max(margin, -1 + 1e-6);
  const difference = Math.log1p(score) - Math.log1p(label);
  into[0] = difference / (score + 1);
  into[1] = Math.max((1 - difference) / (score + 1) ** 2, 1e-6);
};

/** With slope 1. */
export const pseudoHuber: PointGradient = (margin, label, into) => {
  const difference = margin - label;
  const scale = 1 + difference ** 2;
  into[0] = difference / Math.sqrt(scale);
  into[1] = 1 / (scale * Math.sqrt(scale));
};

export const absoluteError: PointGradient = (margin, label, into) => {
  into[0] = Math.sign(margin - label);
  into[1] = 1;
};

export const hinge: PointGradient = (margin, label, into) => {
  const sign = label * 2 - 1;
  const violated = margin * sign < 1;
  into[0] = violated ? -sign : 0;
  // Not 0, as XGBoost has it: the least normal float.
  into[1] = violated ? 1 : 1.17549435e-38;
};

/** `maxDeltaStep` makes the second derivative larger, so that steps stay small. */
export function poisson({ maxDeltaStep }: Pick<ObjectiveSettings, 'maxDeltaStep'>): PointGradient {
  return (margin, label, into) => {
    into[0] = Math.exp(margin) - label;
    into[1] = Math.exp(margin + maxDeltaStep);
  };
}

export const gamma: PointGradient = (margin, label, into) => {
  const ratio = label / Math.exp(margin);
  into[0] = 1 - ratio;
  into[1] = ratio;
};

export function tweedie({ tweedieVariancePower: rho }: Pick<ObjectiveSettings, 'tweedieVariancePower'>): PointGradient {
  return (margin, label, into) => {
    const a = label * Math.exp((1 - rho) * margin);
    const b = Math.exp((2 - rho) * margin);
    into[0] = b - a;
    into[1] = (2 - rho) * b - (1 - rho) * a;
  };
}

/** Accelerated failure time, normal errors of scale 1, every end observed: Barnwal et al. 2020. */
export const failureTime: PointGradient = (margin, label, into) => {
  into[0] = Math.max(-15, Math.min(15, margin - Math.log(label)));
  into[1] = 1;
};

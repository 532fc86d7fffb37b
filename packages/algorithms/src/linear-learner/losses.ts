/** The losses, by predictor, and what the kernels call them. */

export type Predictor = 'binary_classifier' | 'multiclass_classifier' | 'regressor';

/** In the order of the numbers that the kernels know them by. */
const losses = [
  'logistic',
  'hinge_loss',
  'squared_loss',
  'absolute_loss',
  'eps_insensitive_squared_loss',
  'eps_insensitive_absolute_loss',
  'quantile_loss',
  'huber_loss',
  'softmax_loss',
] as const;

export type Loss = (typeof losses)[number];

/** The first is the default. */
export function lossesOf(predictor: Predictor): readonly Loss[] {
  if (predictor === 'binary_classifier') return losses.slice(0, 2);
  return predictor === 'multiclass_classifier' ? ['softmax_loss'] : losses.slice(2, 8);
}

export function kernelNumber(loss: Loss): number {
  return losses.indexOf(loss);
}

/** The loss grows with this power of the unit of the label. */
export function labelPower(loss: Loss): 0 | 1 | 2 {
  switch (loss) {
    case 'logistic':
    case 'hinge_loss':
    case 'softmax_loss':
      return 0;
    case 'absolute_loss':
    case 'eps_insensitive_absolute_loss':
    case 'quantile_loss':
      return 1;
    case 'squared_loss':
    case 'eps_insensitive_squared_loss':
    case 'huber_loss':
      return 2;
  }
}

/** Whether the loss's parameter is an error in units of the label. */
export function parameterIsError(loss: Loss): boolean {
  return loss.startsWith('eps_') || loss === 'huber_loss';
}

/** An upper bound of the second derivative, or what stands for it where the loss has a kink. */
export function curvature(loss: Loss): number {
  if (loss === 'logistic') return 0.25;
  if (loss === 'softmax_loss') return 0.5;
  return loss === 'squared_loss' || loss === 'eps_insensitive_squared_loss' ? 2 : 1;
}

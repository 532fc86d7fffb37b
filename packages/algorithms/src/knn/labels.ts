import type { PredictorType } from './artifact.ts';

/** Says what is wrong with a label; a regressor takes any number. */
export function labelCheck(predictor: PredictorType): (label: number) => string | undefined {
  if (predictor === 'regressor') return () => undefined;
  return (label) =>
    Number.isInteger(label)
      ? undefined
      : `the label is ${label}, but a classifier needs whole numbers; in CSV the label is the first column`;
}

import type { LinearHyperparameters } from './settings.ts';

/** Says what is wrong with a label; a regressor takes any number. */
export function labelCheck(given: LinearHyperparameters): (label: number) => string | undefined {
  const place = 'in CSV the label is the first column';
  switch (given.predictor_type) {
    case 'regressor':
      return () => undefined;
    case 'binary_classifier':
      return (label) =>
        label === 0 || label === 1
          ? undefined
          : `the label is ${label}, but a binary_classifier needs labels 0 and 1; ${place}`;
    case 'multiclass_classifier': {
      const classes = given.num_classes ?? 0;
      return (label) =>
        Number.isInteger(label) && label >= 0 && label < classes
          ? undefined
          : `the label is ${label}, but with num_classes=${classes} labels are whole numbers from 0 to ${classes - 1}; ${place}`;
    }
  }
}

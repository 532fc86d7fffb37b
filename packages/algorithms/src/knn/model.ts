/** Predicts from the labels of the nearest rows. */
import type { PredictionField, Predictions } from '../formats/predictions.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { FeatureMatrix, Model } from '../model.ts';
import { tabularModel } from '../tabular-model.ts';
import type { KnnArtifact } from './artifact.ts';
import { predictLabels } from './predict-labels.ts';
import { openPredictor } from './predictor.ts';
import { lengthCheck } from './row-length.ts';

/** The model keeps `kernels` for itself. */
export function knnModel(kernels: Kernels, artifact: KnnArtifact): Model {
  // The index lies in kernel memory now: the closures keep nothing else of the artifact.
  const { predictor: type, columns } = artifact;
  const predictor = openPredictor(kernels, artifact);
  const checkLength = lengthCheck(artifact);
  const predict = ({ rows, values, before }: FeatureMatrix, verbose: boolean): Predictions => {
    for (let row = 0; row < rows; row++) checkLength(values, row * columns, () => `row ${before + row + 1}`);
    const { k, distances, labels } = predictor.neighbors(values);
    const predicted: PredictionField = {
      name: 'predicted_label',
      kind: 'float',
      shape: 'scalar',
      values: predictLabels(type, labels, k),
    };
    const details: PredictionField[] = [
      { name: 'distances', kind: 'float', shape: k, values: distances },
      { name: 'labels', kind: 'float', shape: k, values: labels },
    ];
    return { rows, fields: verbose ? [predicted, ...details] : [predicted] };
  };
  return tabularModel({
    columns,
    predict: (features, { accept }) => predict(features, accept['verbose']?.toLowerCase() === 'true'),
  });
}

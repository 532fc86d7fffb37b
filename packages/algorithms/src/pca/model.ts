/** Projects rows on the components. Plain loops: for the few rows of a request they are quicker than a call into a kernel. */
import type { Predictions } from '../formats/predictions.ts';
import type { FeatureMatrix, Model } from '../model.ts';
import { tabularModel } from '../tabular-model.ts';
import type { PcaArtifact } from './artifact.ts';

export function pcaModel(artifact: PcaArtifact): Model {
  return tabularModel({
    columns: artifact.columns,
    collection: 'projections',
    predict: (features) => predict(artifact, features),
  });
}

function predict({ columns, components, mean, directions }: PcaArtifact, { rows, values }: FeatureMatrix): Predictions {
  const projections = new Float32Array(rows * components);
  const sums = new Float64Array(components);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let i = 0; i < columns; i++) {
      const x = (values[row * columns + i] ?? 0) - (mean[i] ?? 0);
      if (x === 0) continue;
      for (let k = 0, at = i * components; k < components; k++)
        sums[k] = (sums[k] ?? 0) + x * (directions[at + k] ?? 0);
    }
    projections.set(sums, row * components);
  }
  return { rows, fields: [{ name: 'projection', kind: 'float', shape: components, values: projections }] };
}

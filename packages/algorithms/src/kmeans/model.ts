/** Finds the nearest center. Plain loops: for the few rows of a request they are quicker than a call into a kernel. */
import type { FeatureMatrix, Model } from '../model.ts';
import type { Predictions } from '../formats/predictions.ts';
import { tabularModel } from '../tabular-model.ts';
import type { KMeansArtifact } from './artifact.ts';

export function kmeansModel(artifact: KMeansArtifact): Model {
  return tabularModel({ columns: artifact.columns, predict: (features) => predict(artifact, features) });
}

function predict({ k, columns, centers }: KMeansArtifact, { rows, values }: FeatureMatrix): Predictions {
  const closest = new Float32Array(rows);
  const distances = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let least = Number.POSITIVE_INFINITY;
    for (let center = 0; center < k; center++) {
      const distance = squaredDistance(values, row * columns, centers, center * columns, columns);
      if (distance >= least) continue;
      least = distance;
      closest[row] = center;
    }
    distances[row] = Math.sqrt(least);
  }
  return {
    rows,
    fields: [
      { name: 'closest_cluster', kind: 'float', shape: 'scalar', values: closest },
      { name: 'distance_to_cluster', kind: 'float', shape: 'scalar', values: distances },
    ],
  };
}

function squaredDistance(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const difference = (a[aStart + i] ?? 0) - (b[bStart + i] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

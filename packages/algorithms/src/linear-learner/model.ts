/** One dot product per output. Plain loops: for the few rows of a request they are quicker than a call into a kernel. */
import type { Predictions } from '../formats/predictions.ts';
import type { FeatureMatrix, Model } from '../model.ts';
import { tabularModel } from '../tabular-model.ts';
import type { LinearArtifact } from './artifact.ts';

export function linearModel(artifact: LinearArtifact): Model {
  return tabularModel({ columns: artifact.columns, predict: (features) => predict(artifact, features) });
}

function predict(artifact: LinearArtifact, features: FeatureMatrix): Predictions {
  switch (artifact.predictor) {
    case 'binary_classifier':
      return predictTwoClasses(artifact, features);
    case 'multiclass_classifier':
      return predictClasses(artifact, features);
    case 'regressor': {
      const values = Float32Array.from(linearScores(artifact, features));
      return { rows: features.rows, fields: [{ name: 'score', kind: 'float', shape: 'scalar', values }] };
    }
  }
}

/** The score is a probability for the logistic loss, else the distance from the separating plane. */
function predictTwoClasses(artifact: LinearArtifact, features: FeatureMatrix): Predictions {
  const scores = Float32Array.from(
    linearScores(artifact, features),
    artifact.loss === 'logistic' ? sigmoid : undefined,
  );
  const labels = Int32Array.from(scores, (score) => (score >= artifact.threshold ? 1 : 0));
  return {
    rows: features.rows,
    fields: [
      { name: 'score', kind: 'float', shape: 'scalar', values: Float32Array.from(scores) },
      { name: 'predicted_label', kind: 'integer', shape: 'scalar', values: labels },
    ],
  };
}

function predictClasses(artifact: LinearArtifact, features: FeatureMatrix): Predictions {
  const { outputs } = artifact;
  const scores = linearScores(artifact, features);
  const probabilities = new Float32Array(scores.length);
  const labels = new Int32Array(features.rows);
  for (let row = 0; row < features.rows; row++) {
    const own = scores.subarray(row * outputs, (row + 1) * outputs);
    let best = 0;
    for (let output = 1; output < outputs; output++) if ((own[output] ?? 0) > (own[best] ?? 0)) best = output;
    const greatest = own[best] ?? 0;
    let sum = 0;
    for (let output = 0; output < outputs; output++) sum += own[output] = Math.exp((own[output] ?? 0) - greatest);
    for (let output = 0; output < outputs; output++) probabilities[row * outputs + output] = (own[output] ?? 0) / sum;
    labels[row] = best;
  }
  return {
    rows: features.rows,
    fields: [
      { name: 'score', kind: 'float', shape: outputs, values: probabilities },
      { name: 'predicted_label', kind: 'integer', shape: 'scalar', values: labels },
    ],
  };
}

function linearScores(
  { outputs, columns, weights, biases }: LinearArtifact,
  { rows, values }: FeatureMatrix,
): Float64Array {
  const scores = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      let score = biases[output] ?? 0;
      for (let i = 0, x = row * columns, w = output * columns; i < columns; i++)
        score += (values[x + i] ?? 0) * (weights[w + i] ?? 0);
      scores[row * outputs + output] = score;
    }
  }
  return scores;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

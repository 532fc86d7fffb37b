/** Scores rows as they come, sparse or dense. Plain loops: for the few rows of a request they are quicker than a call into a kernel. */
import { jsonLinesType, jsonType, recordioType } from '../formats/content-type.ts';
import { checkedInstance, type Instance } from '../formats/instances.ts';
import type { Predictions } from '../formats/predictions.ts';
import type { Model } from '../model.ts';
import { instanceModel } from '../tabular-model.ts';
import type { FactorizationArtifact } from './artifact.ts';

export function factorizationModel(artifact: FactorizationArtifact): Model {
  return instanceModel({
    requestTypes: [jsonType, jsonLinesType, recordioType],
    predict: (instances) => predict(artifact, instances),
  });
}

/** The score of a binary classifier is the probability of label 1. */
function predict(artifact: FactorizationArtifact, instances: readonly Instance[]): Predictions {
  const sums = new Float64Array(artifact.factors);
  const outputs = instances.map((instance, row) =>
    scoreOf(artifact, checkedInstance(instance, row, artifact.columns), sums),
  );
  if (artifact.predictor === 'regressor')
    return {
      rows: outputs.length,
      fields: [{ name: 'score', kind: 'float', shape: 'scalar', values: Float32Array.from(outputs) }],
    };
  const scores = Float32Array.from(outputs, (output) => 1 / (1 + Math.exp(-output)));
  return {
    rows: outputs.length,
    fields: [
      { name: 'score', kind: 'float', shape: 'scalar', values: scores },
      {
        name: 'predicted_label',
        kind: 'integer',
        shape: 'scalar',
        values: Int32Array.from(scores, (score) => (score >= 0.5 ? 1 : 0)),
      },
    ],
  };
}

/** `sums`: room for a number per factor. */
function scoreOf(
  { factors, factorValues, linear, bias }: FactorizationArtifact,
  { values, keys }: Instance,
  sums: Float64Array,
): number {
  sums.fill(0);
  let score = bias;
  let own = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value === 0) continue;
    const key = keys?.[i] ?? i;
    score += value * (linear[key] ?? 0);
    for (let f = 0, at = key * factors; f < factors; f++, at++) {
      const product = value * (factorValues[at] ?? 0);
      sums[f] = (sums[f] ?? 0) + product;
      own += product * product;
    }
  }
  let pairs = 0;
  for (const sum of sums) pairs += sum * sum;
  return score + (pairs - own) / 2;
}

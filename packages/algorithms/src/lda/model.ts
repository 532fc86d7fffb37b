/** The topics of documents. Plain loops: for the few rows of a request they are quicker than a call into a kernel. */
import { ClientError } from '../errors.ts';
import type { Predictions } from '../formats/predictions.ts';
import type { FeatureMatrix, Model } from '../model.ts';
import { tabularModel } from '../tabular-model.ts';
import type { LdaArtifact } from './artifact.ts';

const mostSteps = 200;
/** A mixture is found when a step moves no topic's share by more than this. */
const tolerance = 1e-6;
/** What a word that no topic knows counts as. */
const leastProbability = 1e-30;

export function ldaModel(artifact: LdaArtifact): Model {
  const { topics, words, beta } = artifact;
  // The probabilities of a word side by side.
  const byWord = new Float32Array(beta.length);
  for (let topic = 0; topic < topics; topic++)
    for (let word = 0; word < words; word++) byWord[word * topics + topic] = beta[topic * words + word] ?? 0;
  return tabularModel({ columns: words, predict: (features) => predict(artifact, byWord, features) });
}

function predict(
  { topics, alpha }: LdaArtifact,
  byWord: Float32Array,
  { rows, columns, values }: FeatureMatrix,
): Predictions {
  const mixtures = new Float32Array(rows * topics);
  for (let row = 0; row < rows; row++)
    mixtures.set(mixtureOf(values.subarray(row * columns, (row + 1) * columns), alpha, byWord), row * topics);
  return { rows, fields: [{ name: 'topic_mixture', kind: 'float', shape: topics, values: mixtures }] };
}

/** The same steps as in training, from the prior to where they lead. Thrown when a count is negative: ClientError. */
function mixtureOf(counts: Float32Array, alpha: Float32Array, byWord: Float32Array): Float64Array {
  const topics = alpha.length;
  const used = Array.from(counts.keys()).filter((word) => counts[word] !== 0);
  const negative = used.find((word) => (counts[word] ?? 0) < 0);
  if (negative !== undefined)
    throw new ClientError(`word ${negative} has the count ${counts[negative]}: counts must not be negative`);
  let weights: Float64Array = Float64Array.from(alpha);
  let total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let step = 0; step < mostSteps && used.length > 0; step++) {
    const sums = new Float64Array(topics);
    for (const word of used) {
      let probability = leastProbability;
      for (let k = 0, at = word * topics; k < topics; k++) probability += (weights[k] ?? 0) * (byWord[at + k] ?? 0);
      const share = (counts[word] ?? 0) / probability;
      for (let k = 0, at = word * topics; k < topics; k++) sums[k] = (sums[k] ?? 0) + share * (byWord[at + k] ?? 0);
    }
    const next = weights.map((weight, k) => (alpha[k] ?? 0) + weight * (sums[k] ?? 0));
    const nextTotal = next.reduce((sum, weight) => sum + weight, 0);
    const moved = next.reduce(
      (most, weight, k) => Math.max(most, Math.abs(weight / nextTotal - (weights[k] ?? 0) / total)),
      0,
    );
    [weights, total] = [next, nextTotal];
    if (moved <= tolerance) break;
  }
  return weights.map((weight) => weight / total);
}

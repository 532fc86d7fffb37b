/** The topics of documents. */
import type { Instance } from '../formats/instances.ts';
import type { Predictions } from '../formats/predictions.ts';
import { openKernels, rowStride } from '../kernels/kernels.ts';
import type { Model } from '../model.ts';
import { instanceModel } from '../tabular-model.ts';
import type { LdaArtifact } from './artifact.ts';
import { documentsOf } from './documents.ts';
import { rowSpan } from './times-matrix.ts';

const mostSteps = 200;
/** A mixture is found when a step moves no topic's share by more than this. */
const tolerance = 1e-6;

/** Answers on one thread: requests come side by side, and a server should not take every processor for one of them. */
export function ldaModel({ topics, words, alpha, beta }: LdaArtifact): Model {
  const { heap, pool } = openKernels({ threads: 1 });
  const stride = rowStride(topics);
  // The probabilities of a word side by side.
  const byWord = heap.float32(words * stride);
  for (let topic = 0; topic < topics; topic++)
    for (let word = 0; word < words; word++) byWord.values[word * stride + topic] = beta[topic * words + word] ?? 0;
  const prior = heap.float32(stride);
  prior.values.set(alpha);

  const predict = (instances: readonly Instance[]): Predictions => {
    const documents = documentsOf(instances, words);
    const { rows } = documents;
    const count = documents.starts[rows] ?? 0;
    const [starts, keys, counts] = [heap.int32(rows + 1), heap.int32(count), heap.float32(count)];
    starts.values.set(documents.starts);
    keys.values.set(documents.keys.subarray(0, count));
    counts.values.set(documents.values.subarray(0, count));
    const span = rowSpan(rows);
    const shares = heap.float32(rows * stride);
    const spare = heap.float32(Math.ceil(span.items / span.grain) * stride);
    const counted = [starts.pointer, keys.pointer, counts.pointer];
    const model = [byWord.pointer, prior.pointer, shares.pointer, stride];
    pool.parallel('lda', 'infer_shares', span, [...counted, ...model, mostSteps, tolerance, spare.pointer]);
    const mixtures = new Float32Array(rows * topics);
    for (let row = 0; row < rows; row++)
      mixtures.set(shares.values.subarray(row * stride, row * stride + topics), row * topics);
    for (const { pointer } of [starts, keys, counts, shares, spare]) heap.free(pointer);
    return { rows, fields: [{ name: 'topic_mixture', kind: 'float', shape: topics, values: mixtures }] };
  };
  return instanceModel({ predict });
}

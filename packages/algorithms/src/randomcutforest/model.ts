import type { Predictions } from '../formats/predictions.ts';
import { openKernels } from '../kernels/kernels.ts';
import type { FeatureMatrix, Model } from '../model.ts';
import { tabularModel } from '../tabular-model.ts';
import type { ForestArtifact } from './artifact.ts';
import { Forest, pad } from './forest.ts';

/** Scores on one thread: requests come side by side, and a server should not take every processor for one of them. */
export function randomCutForestModel(artifact: ForestArtifact): Model {
  const kernels = openKernels({ threads: 1 });
  const forest = new Forest(kernels, artifact);
  const predict = ({ rows, values }: FeatureMatrix): Predictions => {
    const padded = kernels.heap.float32(rows * forest.stride);
    pad(values, forest.columns, padded.values, forest.stride);
    const scores = forest.score(padded.pointer, rows);
    kernels.heap.free(padded.pointer);
    return { rows, fields: [{ name: 'score', kind: 'float', shape: 'scalar', values: scores }] };
  };
  return tabularModel({ columns: artifact.columns, collection: 'scores', predict });
}

/** Finds the labels of the rows nearest to features as they come: what evaluation and serving share. */
import type { Kernels } from '../kernels/kernels.ts';
import type { KnnArtifact } from './artifact.ts';
import { openIndex } from './open-index.ts';
import { openPreparation } from './prepare-rows.ts';

export interface NeighborLabels {
  readonly k: number;
  /** k per row, ascending. */
  readonly distances: Float32Array;
  readonly labels: Float32Array;
}

export interface KnnPredictor {
  /** @param features rows of `artifact.columns` numbers, which may be changed. */
  neighbors(features: Float32Array): NeighborLabels;
  release(): void;
}

export function openPredictor(kernels: Kernels, artifact: Omit<KnnArtifact, 'predictor'>): KnnPredictor {
  const { k, labels, reduction, columns, normalize } = artifact;
  const index = openIndex(kernels, artifact.index);
  const preparation = openPreparation(kernels, { reduction, columns, normalize, width: index.columns });
  return {
    neighbors: (features) => {
      const { distances, rows } = index.search(preparation.apply(features), k);
      // A cosine of 1 is a distance of 0.
      const offset = normalize ? 1 : 0;
      if (offset !== 0)
        for (let i = 0; i < distances.length; i++) distances[i] = Math.max(0, (distances[i] ?? 0) + offset);
      return { k, distances, labels: Float32Array.from(rows, (row) => labels[row] ?? 0) };
    },
    release: () => {
      index.release();
      preparation.release();
    },
  };
}

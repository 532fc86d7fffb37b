/** Principal components as both modes find them. */
import type { PcaArtifact } from './artifact.ts';

export interface Components {
  readonly mean: Float64Array;
  /** Squares of the singular values, the largest first. */
  readonly squares: Float64Array;
  /** As many unit vectors of feature_dim numbers, one after another. */
  readonly vectors: Float64Array;
  /** The sum of all squares: of the rows' squared distances from the center. */
  readonly total: number;
}

/** What the components keep of the variance, from 0 to 1. */
export function explainedRatio({ squares, total }: Components): number {
  return total > 0 ? Math.min(1, squares.reduce((sum, square) => sum + square, 0) / total) : 1;
}

/** In ascending order. Signs are free, and chosen so that the largest number of a vector is positive. */
export function toArtifact({ mean, squares, vectors }: Components): PcaArtifact {
  const columns = mean.length;
  const components = squares.length;
  const directions = new Float32Array(columns * components);
  for (let k = 0; k < components; k++) {
    const vector = vectors.subarray(k * columns, (k + 1) * columns);
    const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    const sign = largest < 0 ? -1 : 1;
    const place = components - 1 - k;
    for (let i = 0; i < columns; i++) directions[i * components + place] = sign * (vector[i] ?? 0);
  }
  const singular = Float32Array.from(squares, (square) => Math.sqrt(Math.max(0, square))).reverse();
  return { columns, components, mean: Float32Array.from(mean), singular, directions };
}

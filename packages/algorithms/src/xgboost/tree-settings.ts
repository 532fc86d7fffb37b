/** What the growth of a tree is told, complete: hyperparameters compiled once. */
export interface TreeSettings {
  readonly method: 'hist' | 'approx' | 'exact';
  readonly eta: number;
  readonly lambda: number;
  readonly alpha: number;
  readonly gamma: number;
  readonly minChildWeight: number;
  /** 0: no limit. */
  readonly maxDeltaStep: number;
  /** 0: no limit. */
  readonly maxDepth: number;
  /** 0: no limit. */
  readonly maxLeaves: number;
  readonly maxBin: number;
  readonly growPolicy: 'depthwise' | 'lossguide';
  readonly subsample: number;
  readonly colsampleByTree: number;
  readonly colsampleByLevel: number;
  readonly colsampleByNode: number;
  /** -1, 0 or 1 for each of the first features; others are free. */
  readonly monotone: readonly number[];
  /** Features that may occur together on one path. */
  readonly interactions: readonly (readonly number[])[];
  /** Features whose values are categories, ascending. */
  readonly categorical: readonly number[];
  /** A feature with fewer categories is split one against the others. */
  readonly maxCatToOnehot: number;
  /** Categories that a split by sets of them looks at, from either end of their order. */
  readonly maxCatThreshold: number;
}

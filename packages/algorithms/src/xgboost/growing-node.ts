/** A node of a tree under way. */
import type { WeightBounds } from './split-gain.ts';

export interface GrowingNode {
  readonly id: number;
  readonly depth: number;
  /** Sums of first and second derivatives. */
  readonly g: number;
  readonly h: number;
  readonly bounds: WeightBounds;
  /** Features that its path has split on. */
  readonly path: readonly number[];
  /** Its rows in each range: from `lo` to `hi` of the row numbers. */
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** Where its histogram lies; 0 where it has none. */
  histogram: number;
  best: SplitCandidate | undefined;
}

export interface SplitCandidate {
  readonly gain: number;
  readonly feature: number;
  /** The last bin that goes left; -1: none does but missing values. Not of a split by categories. */
  readonly bin: number;
  readonly missingLeft: boolean;
  /** Of a split by categories a bit for each, set where it goes right, and one more for missing values. */
  readonly bits: Int32Array | undefined;
  /** Sums of the left side. */
  readonly g: number;
  readonly h: number;
}

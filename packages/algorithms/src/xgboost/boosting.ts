/** What every booster does: one round after another, on top of what it has. */
import type { Collective } from '../collective/collective.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Ensemble } from './booster.ts';
import type { DataSet } from './matrix.ts';
import type { Objective } from './objectives/objective.ts';
import type { TreeSettings } from './tree-settings.ts';

export interface Boosting {
  /** What was learnt so far; the rounds of a model that training began with are in it. */
  readonly ensemble: Ensemble;
  /** One round. */
  boost(round: number): Promise<void>;
  /** The training rows and the data to evaluate on, in the order that they were given; each round moves their margins. */
  readonly scored: readonly Scored[];
  release(): void;
}

/** Rows × groups margins of data that are scored after each round. */
export interface Scored {
  readonly data: DataSet;
  readonly margins: HeapArray<Float32Array>;
}

export interface BoostingTask {
  readonly kernels: Kernels;
  readonly collective: Collective;
  readonly objective: Objective;
  readonly settings: TreeSettings;
  readonly seed: number;
  /** The score that margins start from, per group. */
  readonly baseMargins: Float32Array;
  readonly train: DataSet;
  /** Beside the training rows. */
  readonly others: readonly DataSet[];
}

/** All data with margins of their own; the training rows are the first. */
export function scoredData({ kernels, objective, baseMargins, train, others }: BoostingTask): Scored[] {
  return [train, ...others].map((data) => {
    const margins = kernels.heap.float32(data.matrix.rows * objective.groups);
    fillMargins(margins.values, baseMargins);
    return { data, margins };
  });
}

export function fillMargins(margins: Float32Array, base: Float32Array): void {
  if (base.length === 1) margins.fill(base[0] ?? 0);
  else for (let at = 0; at < margins.length; at += base.length) margins.set(base, at);
}

/** What is learnt: first and second derivatives of a loss at the margins that the model has so far. */
import type { Collective } from '../../collective/collective.ts';
import type { HeapArray } from '../../kernels/shared-heap.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { BoosterObjective } from '../booster.ts';
import type { ObjectiveName } from '../link.ts';
import type { DataSet } from '../matrix.ts';

export interface Objective {
  readonly name: ObjectiveName;
  /** Trees per round: one, or one per class. */
  readonly groups: number;
  /** As the model file has it. */
  readonly description: BoosterObjective;
  readonly defaultMetric: string;
  /** Says in words what is wrong with a label, if anything. */
  checkLabel(label: number): string | undefined;
  /** Writes two numbers per row, group by group. */
  gradients(task: GradientTask): void | Promise<void>;
  /** Leaves are set anew to this quantile of what is left to explain in them. */
  readonly leafQuantile?: number;
}

export interface GradientTask {
  readonly kernels: Kernels;
  readonly collective: Collective;
  readonly data: DataSet;
  /** Rows × groups. */
  readonly margins: HeapArray<Float32Array>;
  readonly gradients: HeapArray<Float32Array>;
}

export interface ObjectiveSettings {
  readonly name: ObjectiveName;
  readonly numClass: number;
  readonly scalePosWeight: number;
  readonly maxDeltaStep: number;
  readonly tweedieVariancePower: number;
}

/** Rows that one thread takes at a time. */
export const objectiveGrain = 16_384;

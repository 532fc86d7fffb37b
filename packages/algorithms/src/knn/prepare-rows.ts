/** From features as they come to rows as the index has them: projected, padded, of length one. */
import type { Kernels } from '../kernels/kernels.ts';
import { normalise } from './normalise.ts';
import { openReduction, type ReductionSettings } from './reduction.ts';

export interface PrepareSettings {
  readonly reduction: ReductionSettings | undefined;
  /** Features of a row. */
  readonly columns: number;
  /** Numbers of a row of the index; zeros fill what is more than there are. */
  readonly width: number;
  readonly normalize: boolean;
}

export interface RowPreparation {
  /** May return the rows that it is given, changed. */
  apply(rows: Float32Array): Float32Array;
  release(): void;
}

export function openPreparation(kernels: Kernels, settings: PrepareSettings): RowPreparation {
  const { columns, width, normalize } = settings;
  const reduction = settings.reduction && openReduction(kernels, settings.reduction);
  const reduced = settings.reduction?.target ?? columns;
  return {
    apply: (rows) => {
      const result = padded(reduction?.apply(rows) ?? rows, reduced, width);
      if (normalize) normalise(result, width);
      return result;
    },
    release: () => reduction?.release(),
  };
}

function padded(rows: Float32Array, columns: number, width: number): Float32Array {
  if (columns === width) return rows;
  const count = rows.length / columns;
  const wider = new Float32Array(count * width);
  for (let row = 0; row < count; row++) wider.set(rows.subarray(row * columns, (row + 1) * columns), row * width);
  return wider;
}

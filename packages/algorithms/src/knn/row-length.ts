import { ClientError } from '../errors.ts';
import type { PrepareSettings } from './prepare-rows.ts';
import { mostSquare } from './search-panels.ts';

/** Projected rows may be some thousand times longer than they were. */
const mostSquareProjected = 1e30;

/** Checks the row that begins at `first`. Thrown when it is so long that 32 bits hold no distances from it: ClientError with its place. */
export type LengthCheck = (values: Float32Array, first: number, place: () => string) => void;

export function lengthCheck({
  reduction,
  normalize,
  columns,
}: Pick<PrepareSettings, 'reduction' | 'normalize' | 'columns'>): LengthCheck {
  const most = reduction !== undefined ? mostSquareProjected : normalize ? Number.POSITIVE_INFINITY : mostSquare;
  return (values, first, place) => {
    let square = 0;
    for (let i = first; i < first + columns; i++) square += (values[i] ?? 0) ** 2;
    if (!(square < most))
      throw new ClientError(
        `${place()}: the numbers are too large to measure distances in 32 bits: the row's length is ${Math.sqrt(square).toExponential(1)}`,
      );
  };
}

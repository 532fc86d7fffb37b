/** Features whose values are numbers of categories, from 0 on. */
import type { Collective } from '../collective/collective.ts';
import { ClientError } from '../errors.ts';
import type { Matrix } from './matrix.ts';

/** XGBoost keeps categories as 32-bit floats, which hold whole numbers below this one. */
const mostCategories = 2 ** 24;

/** Thrown when a value is no category: ClientError. `place`: of a row, for messages. */
export function checkCategories(matrix: Matrix, features: readonly number[], place: (row: number) => string): void {
  visitCells(matrix, features, (value, feature, row) => {
    if (!(Number.isInteger(value) && value >= 0 && value < mostCategories))
      throw new ClientError(
        `${place(row)}: feature ${feature} is ${value}, and feature_types says that it is a category: a whole number from 0 to ${mostCategories - 1}`,
      );
  });
}

/** How many categories each feature has, one more than the greatest among the rows of all hosts; 0 where it has none; empty where no feature has any. */
export async function countCategories(
  matrix: Matrix,
  features: readonly number[],
  collective: Collective,
): Promise<Int32Array> {
  // There may be more columns than there is memory for: who has no categories asks nothing of them here.
  if (features.length === 0) return new Int32Array(0);
  const counts = new Int32Array(matrix.columns);
  // A feature without any value still has a bin.
  for (const feature of features) counts[feature] = 1;
  visitCells(matrix, features, (value, feature) => {
    if (value >= (counts[feature] ?? 0)) counts[feature] = value + 1;
  });
  for (const bytes of await collective.gather(new Uint8Array(counts.buffer))) {
    const others = new Int32Array(new Uint8Array(bytes).buffer);
    for (const feature of features) counts[feature] = Math.max(counts[feature] ?? 0, others[feature] ?? 0);
  }
  return counts;
}

type Visit = (value: number, feature: number, row: number) => void;

/** Visits the values of these features that are there. */
function visitCells(matrix: Matrix, features: readonly number[], visit: Visit): void {
  if (features.length === 0) return;
  const values = matrix.values.values;
  if (matrix.kind === 'dense') {
    const own = features.filter((feature) => feature < matrix.columns);
    for (let row = 0; row < matrix.rows; row++)
      for (const feature of own) {
        const value = values[row * matrix.stride + feature] ?? Number.NaN;
        if (!Number.isNaN(value)) visit(value, feature, row);
      }
    return;
  }
  const wanted = new Set(features);
  for (let row = 0; row < matrix.rows; row++)
    for (let at = matrix.starts.values[row] ?? 0; at < (matrix.starts.values[row + 1] ?? 0); at++) {
      const feature = matrix.indices.values[at] ?? 0;
      if (wanted.has(feature)) visit(values[at] ?? 0, feature, row);
    }
}

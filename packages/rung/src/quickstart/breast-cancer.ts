/** The data set that comes with Rung: 569 patients, 30 measurements of cell nuclei each, and whether the tumour was malignant (1) or benign (0). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LabelledRows {
  readonly labels: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

export interface BreastCancer {
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
  /** Never seen in training. */
  readonly heldOut: LabelledRows;
}

const file = join(import.meta.dirname, '../../data/breast-cancer-wisconsin/data.csv');

/** Three fifths to train, one to validate, one held out; dealt out row by row, so that the split is the same everywhere. */
export async function loadBreastCancer(): Promise<BreastCancer> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const part = (...fifths: number[]): LabelledRows => {
    const cells = lines.filter((_, index) => fifths.includes(index % 5)).map((line) => line.split(',').map(Number));
    return { labels: cells.map(([label]) => label ?? Number.NaN), rows: cells.map(([, ...features]) => features) };
  };
  return { train: part(0, 1, 2), validation: part(3), heldOut: part(4) };
}

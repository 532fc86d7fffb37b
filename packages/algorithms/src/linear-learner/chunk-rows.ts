import type { LinearHyperparameters } from './settings.ts';

const usualBytes = 16_777_216;
const mostBytes = 268_435_456;
const batches = 20;

/** Rows that are read, normalised and mixed at a time: enough to measure means on and for some updates, unless rows are very wide. */
export function chunkRows(
  { mini_batch_size: batch, num_point_for_scaler: scaled }: LinearHyperparameters,
  columns: number,
): number {
  const rowBytes = columns * 4 + 4;
  const wanted = Math.max(Math.floor(usualBytes / rowBytes), batches * batch, scaled);
  return Math.max(1, Math.min(wanted, Math.floor(mostBytes / rowBytes)));
}

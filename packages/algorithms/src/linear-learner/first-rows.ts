/** What the hosts of a job agree on before the first update: columns, normalisation, and the counts that settings follow from. */
import type { Batch } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import { chunkRows } from './chunk-rows.ts';
import { measureMoments } from './moments.ts';
import { Scaler } from './scaler.ts';
import type { FirstRows } from './settings.ts';
import type { LinearContext } from './train-context.ts';

/** `first`: the first batch of this host as it stands in the data. */
export async function measureFirstRows(
  context: LinearContext,
  first: Batch,
): Promise<{ readonly scaler: Scaler; readonly rows: FirstRows }> {
  const { kernels, hyperparameters: given, collective } = context;
  const isAll = first.rows < chunkRows(given, first.columns);
  const told = (await collective.gather(bytesOf(Float64Array.of(first.columns, first.rows, Number(isAll))))).map(
    (bytes) => new Float64Array(new Uint8Array(bytes).buffer),
  );
  checkColumns(
    context,
    told.map(([columns = 0]) => columns),
  );
  const measured = { ...first, rows: Math.min(first.rows, given.num_point_for_scaler) };
  const scaler = new Scaler(kernels, first.columns, await measureMoments(kernels, collective, measured), given);
  const labelCounts = countLabels(context, first);
  await collective.sum(labelCounts);
  const hostRows = told.map(([, rows = 0]) => rows);
  const rows = {
    rows: hostRows.reduce((sum, own) => sum + own, 0),
    hostRows: Math.max(...hostRows),
    columns: first.columns,
    isAll: told.every(([, , whole]) => whole === 1),
    labelCounts,
    labelFactor: scaler.labelFactor,
  };
  return { scaler, rows };
}

/** Every host sees what the others have, so that all end with the same error. */
function checkColumns({ hosts }: LinearContext, columns: readonly number[]): void {
  const other = columns.findIndex((own) => own !== columns[0]);
  if (other > 0)
    throw new ClientError(
      `the rows of the train channel have ${columns[0]} features on ${hosts[0]} and ${columns[other]} on ${hosts[other]}: all hosts need the same columns`,
    );
}

function countLabels({ kernels, hyperparameters }: LinearContext, first: Batch): Float64Array {
  const { predictor_type: predictor, num_classes: classes = 0 } = hyperparameters;
  if (predictor === 'regressor') return new Float64Array(0);
  const counts = new Float64Array(predictor === 'binary_classifier' ? 2 : classes);
  for (const label of kernels.heap.viewFloat32(first.labels, first.rows)) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function bytesOf(values: Float64Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer);
}

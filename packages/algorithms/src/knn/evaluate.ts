import { readRows } from '../data/read-rows.ts';
import type { DataChannel } from '../program/data-channel.ts';
import type { KnnArtifact } from './artifact.ts';
import { labelCheck } from './labels.ts';
import { predictLabels } from './predict-labels.ts';
import { openPredictor } from './predictor.ts';
import { lengthCheck } from './row-length.ts';
import type { KnnContext } from './train-context.ts';

/** Logs the metric of the test channel: `accuracy` of a classifier, `mse` of a regressor; over the rows of all hosts. */
export async function evaluate(context: KnnContext, test: DataChannel, artifact: KnnArtifact): Promise<void> {
  const { kernels, log, host, collective, hyperparameters } = context;
  const { columns } = artifact;
  const predictor = openPredictor(kernels, artifact);
  const checkLength = lengthCheck(artifact);
  const total = new Float64Array(2);
  const options = { columns, labelSize: 1, checkLabel: labelCheck(artifact.predictor) };
  for await (const block of readRows(test, 0, kernels, options)) {
    const values = kernels.heap.viewFloat32(block.values, block.rows * block.stride);
    const labels = kernels.heap.viewFloat32(block.labels, block.rows);
    for (let first = 0; first < block.rows; first += hyperparameters.mini_batch_size) {
      const rows = Math.min(hyperparameters.mini_batch_size, block.rows - first);
      const features = new Float32Array(rows * columns);
      for (let row = 0; row < rows; row++) {
        const start = (first + row) * block.stride;
        checkLength(values, start, () => block.place(first + row));
        features.set(values.subarray(start, start + columns), row * columns);
      }
      const found = predictor.neighbors(features);
      const predicted = predictLabels(artifact.predictor, found.labels, found.k);
      predicted.forEach((label, row) => {
        const error = label - (labels[first + row] ?? 0);
        total[0] = (total[0] ?? 0) + (artifact.predictor === 'classifier' ? Number(error === 0) : error * error);
      });
      total[1] = (total[1] ?? 0) + rows;
    }
  }
  predictor.release();
  await collective.sum(total);
  const [name, kind] =
    artifact.predictor === 'classifier' ? (['accuracy', 'score'] as const) : (['mse', 'loss'] as const);
  const value = (total[0] ?? 0) / (total[1] ?? 1);
  log.quality('test', name, value, { kind });
  log.info(`#test_score (${host}) : ('${name}', ${value})`);
}

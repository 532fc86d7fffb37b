import { readRows } from '../data/read-rows.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { Centers } from './centers.ts';
import type { KMeansContext } from './train-context.ts';

/** Logs the metrics of the test channel: mean (`msd`) and sum (`ssd`) of the squared distances to the nearest center, over the rows of all hosts. */
export async function evaluate(context: KMeansContext, test: DataChannel, model: Float32Array): Promise<void> {
  const { hyperparameters, kernels, log, collective } = context;
  const { k, feature_dim: columns, eval_metrics: metrics } = hyperparameters;
  const centers = new Centers(kernels, k, columns);
  const { stride } = centers;
  for (let center = 0; center < k; center++)
    centers.row(center).set(model.subarray(center * columns, (center + 1) * columns));
  // As in training: far from zero, 32 bits are not enough to tell distances apart.
  const origin = kernels.heap.float32(stride);
  origin.values.set(centers.row(0));
  kernels.pool.call('kmeans', 'subtract_origin', [centers.values.pointer, stride, origin.pointer, 0, k, 0]);
  centers.pack();

  let rows = 0;
  let sum = 0;
  for await (const block of readRows(test, 0, kernels, { columns, labelSize: 'auto' })) {
    kernels.pool.parallel('kmeans', 'subtract_origin', { items: block.rows, grain: 4096 }, [
      block.values,
      stride,
      origin.pointer,
    ]);
    const labels = kernels.heap.allocate(block.rows * 4);
    sum += centers.assign({ ...block, weights: 0 }, labels, false);
    kernels.heap.free(labels);
    rows += block.rows;
  }
  const found = Float64Array.of(sum, rows);
  await collective.sum(found);
  [sum = 0, rows = 0] = found;
  if (metrics.includes('msd')) log.quality('test', 'msd', sum / rows);
  if (metrics.includes('ssd')) log.quality('test', 'ssd', sum);
  centers.release();
  kernels.heap.free(origin.pointer);
}

import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { codeSizes, hyperparameters } from './hyperparameters.ts';

export { hyperparameters as knnHyperparameters } from './hyperparameters.ts';

/** Predicts from the labels of the nearest rows; indexes as in Johnson, Douze, Jégou: Billion-scale similarity search with GPUs, 2017. */
export const knn: Algorithm<typeof hyperparameters> = {
  name: 'knn',
  title: 'KNN',
  doc: 'Predicts a class or a number from the labels of the nearest rows.',
  hyperparameters,
  checkHyperparameters: (given) => {
    const { feature_dim: columns, dimension_reduction_target: target, dimension_reduction_type: reduction } = given;
    if (given.k > given.sample_size) return `k is ${given.k}, more than the ${given.sample_size} rows of sample_size`;
    if (target !== undefined && reduction === undefined)
      return "dimension_reduction_target is given without 'dimension_reduction_type': use sign or fjlt";
    if (target !== undefined && target >= columns)
      return `dimension_reduction_target is ${target}, but it must be less than feature_dim, which is ${columns}`;
    if (given.index_type === 'faiss.IVFPQ' && given.index_metric !== 'L2')
      return `index_metric '${given.index_metric}' is not for index_type 'faiss.IVFPQ': use L2, or another index_type`;
    const parts = given.faiss_index_pq_m;
    if (parts !== undefined && !codeSizes.includes(parts))
      return `faiss_index_pq_m is ${parts}, but it must be one of ${codeSizes.join(', ')}`;
    const lists = given.faiss_index_ivf_nlists;
    if (lists !== 'auto' && lists > given.sample_size)
      return `faiss_index_ivf_nlists is ${lists}, more than the ${given.sample_size} rows of sample_size`;
    return undefined;
  },
  channels: [
    channel('train', true, 'Rows to find neighbors among; CSV with the label in the first column.', [
      recordioType,
      csvType,
    ]),
    channel('test', false, 'Rows to measure the predictions with.', [recordioType, csvType]),
  ],
  metrics: [...commonMetrics, qualityMetric('test', 'accuracy', 'Maximize'), qualityMetric('test', 'mse', 'Minimize')],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const [{ readArtifact }, { knnModel }, { openKernels }] = await Promise.all([
      import('./artifact.ts'),
      import('./model.ts'),
      import('../kernels/kernels.ts'),
    ]);
    return knnModel(openKernels(), readArtifact(files));
  },
};

import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as pcaHyperparameters } from './hyperparameters.ts';

/** Principal components; randomized mode after Halko, Martinsson and Tropp: Finding structure with randomness, 2011, with the block Krylov method of Musco and Musco, 2015. */
export const pca: Algorithm<typeof hyperparameters> = {
  name: 'pca',
  title: 'PCA',
  doc: 'Finds the directions in which rows vary most, and reduces rows to their places along them.',
  hyperparameters,
  checkHyperparameters: ({ num_components: components, feature_dim: columns }) =>
    components > columns
      ? `'num_components' is ${components}, but rows with feature_dim=${columns} have no more than ${columns} components`
      : undefined,
  channels: [
    channel('train', true, 'Rows to find the components of; CSV with label_size=0.', [recordioType, csvType]),
    channel('test', false, 'Rows to measure the components with.', [recordioType, csvType]),
  ],
  metrics: [
    ...commonMetrics,
    qualityMetric('train', 'explained_variance_ratio', 'Maximize', false),
    qualityMetric('test', 'reconstruction_error', 'Minimize', false),
    qualityMetric('test', 'explained_variance_ratio', 'Maximize', false),
  ],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).pcaModel(readArtifact(files));
  },
};

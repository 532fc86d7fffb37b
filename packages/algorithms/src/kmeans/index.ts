import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as kmeansHyperparameters } from './hyperparameters.ts';

/** Sculley: Web-scale k-means clustering, 2010; with a final reduction of many centers to k. */
export const kmeans: Algorithm<typeof hyperparameters> = {
  name: 'kmeans',
  title: 'KMeans',
  doc: 'Groups rows around k centers, in one pass over data of any size.',
  hyperparameters,
  channels: [
    channel('train', true, 'Rows to cluster; CSV with label_size=0.', [recordioType, csvType]),
    channel('test', false, 'Rows to measure the clusters with.', [recordioType, csvType]),
  ],
  metrics: [...commonMetrics, qualityMetric('test', 'msd', 'Minimize'), qualityMetric('test', 'ssd', 'Minimize')],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).kmeansModel(readArtifact(files));
  },
};

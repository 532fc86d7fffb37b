import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as randomCutForestHyperparameters } from './hyperparameters.ts';

/** Guha, Mishra, Roy, Schrijvers: Robust random cut forest based anomaly detection on streams, ICML 2016. */
export const randomCutForest: Algorithm<typeof hyperparameters> = {
  name: 'randomcutforest',
  title: 'RandomCutForest',
  doc: 'Scores how unlike the other rows a row is, in one pass over data of any size.',
  hyperparameters,
  channels: [
    channel(
      'train',
      true,
      'Rows, most of them normal; CSV with label_size=0. Several hosts each read a part of them (ShardedByS3Key).',
      [recordioType, csvType],
    ),
    channel(
      'test',
      false,
      'Rows to measure the scores with, labelled 1 for an anomaly and 0 for none; CSV with label_size=1.',
      [recordioType, csvType],
    ),
  ],
  metrics: [
    ...commonMetrics,
    qualityMetric('test', 'f1', 'Maximize'),
    qualityMetric('test', 'accuracy', 'Maximize', false),
    qualityMetric('test', 'precision', 'Maximize', false),
    qualityMetric('test', 'recall', 'Maximize', false),
  ],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).randomCutForestModel(readArtifact(files));
  },
};

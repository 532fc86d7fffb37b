import { channel, commonMetrics, type Algorithm, type MetricDeclaration } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';
import { metricNames } from './metrics/create-metric.ts';
import { problemOf } from './settings.ts';

export { hyperparameters as xgboostHyperparameters } from './hyperparameters.ts';

const contentTypes = [
  'text/libsvm',
  'text/x-libsvm',
  csvType,
  'application/x-parquet',
  recordioType,
  'libsvm',
  'csv',
  'parquet',
  'recordio-protobuf',
];

/** Metrics that grow with quality; the others fall. */
const maximized = /^(accuracy|auc|aucpr|balanced_accuracy|f1.*|map|ndcg|pre|precision.*|r2|recall.*)$/;

/** Chen & Guestrin: XGBoost: A Scalable Tree Boosting System, 2016. Models are files that XGBoost itself reads and writes. */
export const xgboost: Algorithm<typeof hyperparameters> = {
  name: 'xgboost',
  title: 'XGBoost',
  doc: 'Boosted trees for numbers, classes, counts, survival times and rankings, from sparse or dense rows.',
  hyperparameters,
  checkHyperparameters: problemOf,
  channels: [
    channel(
      'train',
      true,
      'Rows to learn; CSV with the label in the first column. Without a content type they are taken as libsvm.',
      contentTypes,
    ),
    channel('validation', false, 'Rows to measure each round with, and to stop early by.', contentTypes),
  ],
  metrics: [...commonMetrics, ...metricNames.flatMap((name) => [metric('train', name), metric('validation', name)])],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files, environment) => (await import('./model.ts')).loadXgboost(files, environment),
};

function metric(channel: 'train' | 'validation', name: string): MetricDeclaration {
  return {
    name: `${channel}:${name}`,
    // The four characters that CloudWatch shows in the place of a tab.
    regex: `.*\\[[0-9]+\\].*#011${channel}-${name}(?:@[0-9.]+)?:([^\\s#]+)`,
    direction: maximized.test(name) ? 'Maximize' : 'Minimize',
    tunable: channel === 'validation',
  };
}

import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as factorizationMachinesHyperparameters } from './hyperparameters.ts';

/** Rendle: Factorization Machines, 2010. */
export const factorizationMachines: Algorithm<typeof hyperparameters> = {
  name: 'factorization-machines',
  title: 'Factorization Machines',
  doc: 'Two classes or a number from sparse features and their interactions, e.g. clicks and ratings.',
  hyperparameters,
  channels: [
    channel('train', true, 'Rows to learn.', [recordioType]),
    channel('test', false, 'Rows to measure the model with.', [recordioType]),
  ],
  metrics: [
    ...commonMetrics,
    qualityMetric('train', 'rmse', 'Minimize'),
    qualityMetric('train', 'mse', 'Minimize'),
    qualityMetric('train', 'absolute_loss', 'Minimize'),
    qualityMetric('train', 'binary_classification_accuracy', 'Maximize'),
    qualityMetric('train', 'binary_classification_cross_entropy', 'Minimize'),
    qualityMetric('train', 'binary_f_beta', 'Maximize'),
    qualityMetric('test', 'rmse', 'Minimize'),
    qualityMetric('test', 'mse', 'Minimize', false),
    qualityMetric('test', 'absolute_loss', 'Minimize', false),
    qualityMetric('test', 'binary_classification_accuracy', 'Maximize'),
    qualityMetric('test', 'binary_classification_cross_entropy', 'Minimize'),
    qualityMetric('test', 'binary_f_beta', 'Maximize'),
  ],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).factorizationModel(readArtifact(files));
  },
};

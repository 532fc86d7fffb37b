import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as ipInsightsHyperparameters } from './hyperparameters.ts';

/** Largest model that SageMaker takes, in bytes. */
const MOST_BYTES = 8e9;

/** Vectors of entities and of IPv4 addresses whose dot product tells whether they go together; entities are hashed (Weinberger et al. 2009). */
export const ipInsights: Algorithm<typeof hyperparameters> = {
  name: 'ipinsights',
  title: 'IPInsights',
  doc: 'Learns which IPv4 addresses an entity uses, to tell unusual pairs of entity and address.',
  hyperparameters,
  checkHyperparameters: ({ num_entity_vectors: entities, vector_dim: dimensions, ...others }) => {
    if (others.random_negative_sampling_rate + others.shuffled_negative_sampling_rate === 0)
      return 'random_negative_sampling_rate and shuffled_negative_sampling_rate are both 0: without negative samples there is nothing to learn from';
    const encoder = 33 * dimensions + others.num_ip_encoder_layers * (dimensions + 1) * dimensions;
    const bytes = (entities * dimensions + encoder) * 4;
    return bytes <= MOST_BYTES
      ? undefined
      : `a model of num_entity_vectors=${entities} and vector_dim=${dimensions} has ${(bytes / 1e9).toPrecision(3)} GB, more than the 8 GB that a model may have: lower one of them`;
  },
  channels: [
    channel('train', true, 'Pairs of entity and IPv4 address that were seen; CSV without labels.', [csvType]),
    channel(
      'validation',
      false,
      'Pairs to measure with how well the model tells them from pairs with random addresses.',
      [csvType],
    ),
  ],
  metrics: [
    ...commonMetrics,
    qualityMetric('train', 'cross_entropy', 'Minimize'),
    qualityMetric('validation', 'discriminator_auc', 'Maximize'),
  ],
  maxInstances: 100,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).ipInsightsModel(readArtifact(files));
  },
};

import { channel, commonMetrics, qualityMetric, type Algorithm } from '../algorithm.ts';
import { csvType, recordioType } from '../formats/content-type.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as ldaHyperparameters } from './hyperparameters.ts';

/** Anandkumar, Ge, Hsu, Kakade, Telgarsky: Tensor decompositions for learning latent variable models, JMLR 2014. */
export const lda: Algorithm<typeof hyperparameters> = {
  name: 'lda',
  title: 'LDA',
  doc: 'Finds topics in counts of words, and describes documents as mixtures of them.',
  hyperparameters,
  checkHyperparameters: ({ num_topics: topics, feature_dim: words }) =>
    topics > words
      ? `'num_topics' is ${topics}, but feature_dim=${words} words can tell no more than ${words} topics apart`
      : undefined,
  channels: [
    channel('train', true, 'A document per row: how often each word occurs; CSV with label_size=0.', [
      recordioType,
      csvType,
    ]),
    channel('test', false, 'Documents to measure the topics with.', [recordioType, csvType]),
  ],
  metrics: [...commonMetrics, qualityMetric('train', 'pwll', 'Maximize'), qualityMetric('test', 'pwll', 'Maximize')],
  maxInstances: 1,
  train: async (context) => (await import('./train.ts')).train(context),
  load: async (files) => {
    const { readArtifact } = await import('./artifact.ts');
    return (await import('./model.ts')).ldaModel(readArtifact(files));
  },
};

import { channel, commonMetrics, type Algorithm } from '../algorithm.ts';
import { hyperparameters } from './hyperparameters.ts';

export { hyperparameters as blazingtextHyperparameters } from './hyperparameters.ts';

const text = ['text/plain', 'application/jsonlines', 'application/x-recordio'];

/** Word2Vec (skip-gram, CBOW, skip-gram in batches), with subwords or without, and fastText's classifier of sentences. */
export const blazingtext: Algorithm<typeof hyperparameters> = {
  name: 'blazingtext',
  title: 'BlazingText',
  doc: 'Vectors of words, and classification of sentences, from plain text.',
  hyperparameters,
  checkHyperparameters: ({ min_char: least, max_char: most }) =>
    least > most ? `min_char is ${least}, more than max_char, which is ${most}` : undefined,
  channels: [
    channel(
      'train',
      true,
      'Text: a sentence per line, words with spaces between them; in supervised mode with __label__NAME in front.',
      text,
    ),
    channel(
      'validation',
      false,
      'Sentences with labels to measure the accuracy on, and to stop early by. For supervised.',
      text,
    ),
    {
      name: 'evaluation',
      required: false,
      contentTypes: ['text/plain'],
      inputModes: ['File', 'FastFile'],
      doc: 'Pairs of words with the similarity that people see in them, e.g. WS-353. Not for supervised.',
    },
  ],
  metrics: [
    ...commonMetrics,
    { name: 'train:mean_rho', regex: '#mean_rho: (\\S+)', direction: 'Maximize', tunable: true },
    { name: 'train:accuracy', regex: '#train_accuracy: (\\S+)', direction: 'Maximize', tunable: false },
    { name: 'validation:accuracy', regex: '#validation_accuracy: (\\S+)', direction: 'Maximize', tunable: true },
  ],
  maxInstances: 100,
  train: async (context) => {
    if (context.hyperparameters.mode === 'supervised')
      return (await import('./train-classifier.ts')).trainClassifier(context);
    return (await import('./train-vectors.ts')).trainVectors(context);
  },
  load: async (files) => (await import('./load.ts')).loadArtifact(files),
};

/** The classifier of sentences: Joulin et al., Bag of tricks for efficient text classification, 2017. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SavedFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import { Classifier } from './classifier.ts';
import { Corpus } from './corpus.ts';
import {
  encodeExamples,
  type Examples,
  type ExampleLayout,
  lineEnd,
  releaseExamples,
  unknownLabel,
} from './examples.ts';
import { encodeFastText } from './fasttext-file.ts';
import type { hyperparameters as table } from './hyperparameters.ts';
import { packState, unpackState } from './state.ts';
import { labelPrefix } from './text-source.ts';
import { Vocabulary } from './vocabulary.ts';
import { type CountedWord, listWords, placesOf } from './word-list.ts';

type Context = TrainContext<HyperparametersOf<typeof table>>;

interface Dictionary {
  /** The most frequent first. */
  readonly words: readonly CountedWord[];
  readonly labels: readonly CountedWord[];
}

export async function trainClassifier(context: Context): Promise<void> {
  const { hyperparameters, kernels, collective, log, seed } = context;
  if (collective.size > 1)
    throw new ClientError(
      `mode 'supervised' trains on one instance, and the job has ${collective.size}: set InstanceCount to 1`,
    );
  const train = context.channel('train');
  const validation = context.channel('validation');
  if (train === undefined) throw new ClientError("channel 'train' is required");
  if (hyperparameters.early_stopping && validation === undefined)
    throw new ClientError('early_stopping needs a validation channel, and the job has none');

  const vocabulary = new Vocabulary(kernels);
  let layout: ExampleLayout | undefined;
  const options = {
    prepare: (tokens: Parameters<typeof encodeExamples>[2]) => {
      if (layout === undefined) throw new Error('examples are encoded once all words are known');
      return encodeExamples(kernels, vocabulary, tokens, layout);
    },
    release: (examples: Examples) => releaseExamples(kernels, examples),
  };
  const corpus = await Corpus.read(kernels, train, vocabulary, true, options);
  const all = await listWords(vocabulary, 1, collective);
  const dictionary = makeDictionary(vocabulary, all, hyperparameters.min_count);
  const tokens = all.reduce((sum, { count }) => sum + count, vocabulary.lines);
  const judged = validation && (await Corpus.read(kernels, validation, vocabulary, false, options));
  const buckets = hyperparameters.word_ngrams > 1 ? hyperparameters.buckets : 0;
  layout = layOut(context, vocabulary, dictionary, buckets);
  log.info(
    `${dictionary.words.length} words occur at least ${hyperparameters.min_count} times; ${dictionary.labels.length} labels`,
  );

  const classifier = new Classifier(kernels, {
    words: dictionary.words.length,
    buckets,
    labels: dictionary.labels.length,
    dim: hyperparameters.vector_dim,
    rate: hyperparameters.learning_rate,
    seed,
    keepsBest: hyperparameters.early_stopping,
  });
  await learn(context, corpus, judged, classifier, vocabulary.lines);
  corpus.release();
  judged?.release();
  await context.saveModel(modelFiles(context, dictionary, tokens, buckets, classifier));
}

function makeDictionary(vocabulary: Vocabulary, all: readonly CountedWord[], least: number): Dictionary {
  if (all.length === 0) throw new ClientError('channel train has no words');
  const isLabel = ({ word }: CountedWord): boolean => word.startsWith(labelPrefix);
  const labels = all.filter(isLabel);
  if (labels.length === 0)
    throw new ClientError(
      `channel train has no labels: each line must begin with one, e.g. '${labelPrefix}positive the words of the sentence'`,
    );
  if (labels.length === 1)
    throw new ClientError(
      `channel train has only the label '${labels[0]?.word}', and a classifier needs two to tell apart`,
    );
  const words = [
    ...all.filter((word) => !isLabel(word) && word.word !== lineEnd),
    { word: lineEnd, count: vocabulary.lines },
  ]
    .filter(({ count }) => count >= least)
    .toSorted((a, b) => b.count - a.count);
  if (words.every(({ word }) => word === lineEnd))
    throw new ClientError(
      `none of the ${all.length - labels.length} words of channel train occurs at least min_count=${least} times: lower min_count, or give more text`,
    );
  return { words, labels };
}

function layOut(
  { kernels, hyperparameters }: Context,
  vocabulary: Vocabulary,
  { words, labels }: Dictionary,
  buckets: number,
): ExampleLayout {
  const places = new Map(words.map(({ word }, place) => [word, place]));
  for (const [place, { word }] of labels.entries()) places.set(word, -2 - place);
  const found = placesOf(vocabulary, places, (word) => (word.startsWith(labelPrefix) ? unknownLabel : -1));
  const stored = kernels.heap.int32(found.length);
  stored.values.set(found);
  return {
    places: stored.pointer,
    lineEnd: places.get(lineEnd) ?? -1,
    words: words.length,
    wordNgrams: hyperparameters.word_ngrams,
    buckets,
  };
}

/** What early stopping knows: the best accuracy, and the epochs since. */
interface Watch {
  best: number;
  waited: number;
}

async function learn(
  context: Context,
  corpus: Corpus<Examples>,
  judged: Corpus<Examples> | undefined,
  classifier: Classifier,
  lines: number,
): Promise<void> {
  const { hyperparameters, log, stopping, checkpoints } = context;
  const {
    epochs,
    early_stopping: stopsEarly,
    min_epochs: leastEpochs,
    patience,
    learning_rate: rate,
  } = hyperparameters;
  const resumed = await checkpoints.load();
  const numbers = resumed && unpackState(resumed, classifier.state());
  let epoch = numbers?.['epoch'] ?? 0;
  if (epoch > 0) log.info(`going on after epoch ${epoch} of the checkpoint`);
  const watch: Watch = { best: numbers?.['best'] ?? -1, waited: numbers?.['waited'] ?? 0 };
  let accuracy = 0;
  const stopsAfter = stopsEarly ? leastEpochs : epochs;
  while (epoch < epochs && !(epoch >= stopsAfter && watch.waited >= patience)) {
    const started = log.elapsed();
    let right = 0;
    let count = 0;
    let done = 0;
    for await (const piece of corpus.epoch()) {
      right += classifier.learn(piece, epoch * lines + done, epochs * lines);
      count += piece.count;
      done += piece.lines;
      // Without a turn of the event loop no signal would be heard.
      await turn();
      if (stopping.aborted) return watch.best < 0 ? undefined : classifier.restoreBest();
    }
    if (count === 0) throw new ClientError('channel train has no line with a label and a word that is known');
    epoch++;
    accuracy = right / count;
    const seconds = Math.max((log.elapsed() - started) / 1000, 1e-6);
    log.info(
      `##### Alpha: ${(rate * (1 - epoch / epochs)).toFixed(4)}  Progress: ${((100 * epoch) / epochs).toFixed(2)}%  Sentences/sec: ${Math.round(count / seconds)} #####`,
    );
    log.progress(epoch, epochs);
    log.throughput(count, seconds);
    if (judged !== undefined && stopsEarly) await watchAccuracy(context, judged, classifier, watch);
    if (epoch < epochs && checkpoints.folder !== undefined)
      await checkpoints.save(packState({ epoch, ...watch }, classifier.state()));
  }
  if (watch.best >= 0) classifier.restoreBest();
  log.info(`#train_accuracy: ${accuracy.toFixed(4)}`);
  if (judged !== undefined) log.info(`#validation_accuracy: ${(await accuracyOn(judged, classifier)).toFixed(4)}`);
}

async function watchAccuracy(
  { log }: Context,
  judged: Corpus<Examples>,
  classifier: Classifier,
  watch: Watch,
): Promise<void> {
  const accuracy = await accuracyOn(judged, classifier);
  log.info(`#validation_accuracy: ${accuracy.toFixed(4)}`);
  if (accuracy > watch.best) {
    watch.best = accuracy;
    watch.waited = 0;
    classifier.keepBest();
  } else watch.waited++;
}

async function accuracyOn(judged: Corpus<Examples>, classifier: Classifier): Promise<number> {
  let right = 0;
  let count = 0;
  for await (const piece of judged.epoch()) {
    right += classifier.countRight(piece);
    count += piece.count;
  }
  if (count === 0)
    throw new ClientError('channel validation has no line with a label and a word that channel train has too');
  return right / count;
}

function modelFiles(
  { hyperparameters: settings }: Context,
  { words, labels }: Dictionary,
  tokens: number,
  buckets: number,
  classifier: Classifier,
): SavedFiles {
  const model = {
    settings: {
      dim: settings.vector_dim,
      window: settings.window_size,
      epochs: settings.epochs,
      minCount: settings.min_count,
      negatives: settings.negative_samples,
      wordNgrams: settings.word_ngrams,
      loss: 'softmax',
      model: 'supervised',
      buckets,
      minChar: 0,
      maxChar: 0,
      samplingThreshold: settings.sampling_threshold,
    },
    words: words.map(({ word }) => word),
    wordCounts: words.map(({ count }) => count),
    labels: labels.map(({ word }) => word),
    labelCounts: labels.map(({ count }) => count),
    tokens,
    ...classifier.matrices(),
  } as const;
  return new Map([['model.bin', encodeFastText(model)]]);
}

/** Word2Vec: vectors of words (Mikolov et al. 2013; in batches after Ji et al. 2016; with subwords after Bojanowski et al. 2017). */
import { setImmediate as turn } from 'node:timers/promises';
import { ClientError } from '../errors.ts';
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import { Corpus } from './corpus.ts';
import { Embedding } from './embedding.ts';
import { evaluatePairs } from './evaluate-pairs.ts';
import { encodeFastText } from './fasttext-file.ts';
import type { hyperparameters as table } from './hyperparameters.ts';
import { packState, unpackState } from './state.ts';
import { subwordBuckets } from './subwords.ts';
import { type Tokens, Vocabulary } from './vocabulary.ts';
import { type CountedWord, listWords, placesOf } from './word-list.ts';
import { encodeVectorsBin, encodeVectorsText } from './word2vec-files.ts';
import { isStopping } from '../program/is-stopping.ts';

type Hyperparameters = HyperparametersOf<typeof table>;
type Context = TrainContext<Hyperparameters>;

/** Hosts meet so often in an epoch. */
const meetings = 10;
/** Pieces are small where hosts are to meet between them. */
const pieceTokens = { alone: 2 ** 20, together: 2 ** 14 };

export async function trainVectors(context: Context): Promise<void> {
  const { hyperparameters, kernels, collective, log } = context;
  if (collective.size > 1 && hyperparameters.mode !== 'batch_skipgram')
    throw new ClientError(
      `mode '${hyperparameters.mode}' trains on one instance, and the job has ${collective.size}: use batch_skipgram, or set InstanceCount to 1`,
    );
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const vocabulary = new Vocabulary(kernels, collective.size > 1 ? pieceTokens.together : pieceTokens.alone);
  let places = 0;
  const corpus = await Corpus.read(kernels, channel, vocabulary, true, {
    prepare: ({ pointer, length }) => ({
      pointer,
      length: kernels.pool.call('vocabulary', 'keep_words', [pointer, length, places]),
    }),
    release: ({ pointer }) => kernels.heap.free(pointer),
  });
  const words = await listWords(vocabulary, hyperparameters.min_count, collective);
  checkWords(words, vocabulary.size, hyperparameters);
  log.info(`${words.length} words of ${vocabulary.size} occur at least ${hyperparameters.min_count} times`);
  const found = placesOf(vocabulary, new Map(words.map(({ word }, place) => [word, place])));
  const stored = kernels.heap.int32(found.length);
  stored.values.set(found);
  places = stored.pointer;

  const embedding = makeEmbedding(context, words);
  await learn(context, corpus, embedding, keptTokens(vocabulary, found));
  corpus.release();
  await save(context, words, embedding);
}

function checkWords(words: readonly CountedWord[], all: number, { min_count: least, mode }: Hyperparameters): void {
  if (all === 0) throw new ClientError('channel train has no words');
  if (words.length < 2)
    throw new ClientError(
      `of the ${all} words of channel train, ${words.length === 0 ? 'none occurs' : 'only one occurs'} at least min_count=${least} times, and mode '${mode}' needs two: lower min_count, or give more text`,
    );
}

/** Tokens of an epoch: the words that are kept, and the ends of lines. */
function keptTokens(vocabulary: Vocabulary, places: Int32Array): number {
  return vocabulary
    .entries(0)
    .reduce((sum, { number, count }) => ((places[number] ?? -1) >= 0 ? sum + count : sum), vocabulary.lines);
}

function makeEmbedding(
  { hyperparameters, kernels, seed, collective }: Context,
  words: readonly CountedWord[],
): Embedding {
  const { mode } = hyperparameters;
  if (mode === 'supervised') throw new Error('supervised mode has a trainer of its own');
  return new Embedding(kernels, {
    mode,
    dim: hyperparameters.vector_dim,
    window: hyperparameters.window_size,
    negatives: hyperparameters.negative_samples,
    batch: hyperparameters.batch_size,
    samplingThreshold: hyperparameters.sampling_threshold,
    rate: hyperparameters.learning_rate,
    seed,
    stream: collective.rank,
    counts: words.map(({ count }) => count),
    ...(hyperparameters.subwords ? { subwords: subwordsOf(words, hyperparameters) } : {}),
  });
}

function subwordsOf(
  words: readonly CountedWord[],
  { min_char, max_char, buckets }: Hyperparameters,
): {
  starts: Uint32Array;
  rows: Uint32Array;
  buckets: number;
} {
  const starts = new Uint32Array(words.length + 1);
  const rows: number[] = [];
  for (const [place, { word }] of words.entries()) {
    rows.push(place);
    for (const bucket of subwordBuckets(word, { minChar: min_char, maxChar: max_char, buckets }))
      rows.push(words.length + bucket);
    starts[place + 1] = rows.length;
  }
  return { starts, rows: Uint32Array.from(rows), buckets };
}

async function learn(context: Context, corpus: Corpus<Tokens>, embedding: Embedding, tokens: number): Promise<void> {
  const { hyperparameters, log, stopping, checkpoints, collective } = context;
  const { epochs, learning_rate: rate } = hyperparameters;
  const resumed = await checkpoints.load();
  const arrays = { input: embedding.input.values, output: embedding.output.values };
  let epoch = resumed === undefined ? 0 : (unpackState(resumed, arrays)['epoch'] ?? 0);
  if (epoch > 0) log.info(`going on after epoch ${epoch} of the checkpoint`);
  while (epoch < epochs) {
    const started = log.elapsed();
    let done = 0;
    let met = 0;
    let stopped = false;
    for await (const piece of corpus.epoch()) {
      embedding.learn(piece, { done: epoch * tokens + done, total: epochs * tokens });
      done += piece.length;
      // Without a turn of the event loop no signal would be heard.
      await turn();
      if (collective.size === 1) stopped = stopping.aborted;
      for (; !stopped && met + 1 < meetings && done * meetings >= (met + 1) * tokens; met++)
        stopped = await meet(context, embedding);
      if (stopped) break;
    }
    for (; !stopped && met < meetings; met++) stopped = await meet(context, embedding);
    if (stopped) return;
    epoch++;
    const seconds = Math.max((log.elapsed() - started) / 1000, 1e-6);
    log.info(
      `##### Alpha: ${(rate * (1 - epoch / epochs)).toFixed(4)}  Progress: ${((100 * epoch) / epochs).toFixed(2)}%  Million Words/sec: ${(done / 1e6 / seconds).toFixed(2)} #####`,
    );
    log.progress(epoch, epochs);
    log.throughput(done, seconds);
    if (epoch < epochs && checkpoints.folder !== undefined) await checkpoints.save(packState({ epoch }, arrays));
  }
}

/** Each host goes on from the mean of all; resolves to whether one of them is to stop. */
async function meet(context: Context, { input, output }: Embedding): Promise<boolean> {
  const { collective } = context;
  const stops = await isStopping(context);
  if (collective.size === 1) return stops;
  for (const { values } of [input, output]) {
    await collective.sum(values);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / collective.size;
  }
  return stops;
}

async function save(context: Context, words: readonly CountedWord[], embedding: Embedding): Promise<void> {
  const { hyperparameters: settings, log } = context;
  const names = words.map(({ word }) => word);
  const vectors = { words: names, dim: settings.vector_dim, vectors: embedding.vectors() };
  const files = new Map<string, Uint8Array | readonly Uint8Array[]>([['vectors.txt', encodeVectorsText(vectors)]]);
  if (settings.subwords) {
    const model = {
      settings: {
        dim: settings.vector_dim,
        window: settings.window_size,
        epochs: settings.epochs,
        minCount: settings.min_count,
        negatives: settings.negative_samples,
        wordNgrams: 1,
        loss: 'ns',
        model: settings.mode === 'cbow' ? 'cbow' : 'skipgram',
        buckets: settings.buckets,
        minChar: settings.min_char,
        maxChar: settings.max_char,
        samplingThreshold: settings.sampling_threshold,
      },
      words: names,
      wordCounts: words.map(({ count }) => count),
      labels: [],
      labelCounts: [],
      tokens: words.reduce((sum, { count }) => sum + count, 0),
      ...embedding.matrices(),
    } as const;
    files.set('vectors.bin', encodeFastText(model));
  } else files.set('vectors.bin', encodeVectorsBin(vectors));
  const pairs = settings.evaluation ? context.channel('evaluation') : undefined;
  if (pairs !== undefined) {
    const result = await evaluatePairs(pairs, vectors);
    log.info(`#mean_rho: ${result.mean_rho}`);
    files.set('eval.json', Buffer.from(`${JSON.stringify(result, undefined, 2)}\n`));
  } else if (settings.evaluation) log.info('no mean_rho: the job has no evaluation channel with pairs of words');
  await context.saveModel(files);
}

/** Topics from the moments, improved by a few passes over the documents; saved, and measured on the test channel. */
import { ClientError } from '../errors.ts';
import { requireMemory } from '../program/memory.ts';
import { writeArtifact, type LdaArtifact } from './artifact.ts';
import { readCorpus, type Corpus } from './corpus.ts';
import { evaluate } from './evaluate.ts';
import { Mixture } from './mixture.ts';
import { momentTopics } from './moment-topics.ts';
import { polish } from './polish.ts';
import type { LdaContext } from './train-context.ts';
import { followedDirections, mostPasses } from './whitening.ts';

/** Part of a topic that is spread over all words before the passes, because what the moments leave out may well occur. */
const spread = 0.05;

export async function train(context: LdaContext): Promise<void> {
  const { hyperparameters, kernels, log, stopping } = context;
  const { feature_dim: words } = hyperparameters;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  requireTopics(hyperparameters.num_topics, words, hyperparameters.mini_batch_size);
  const started = log.elapsed();
  const corpus = await readCorpus(channel, kernels, words);
  requireTopics(hyperparameters.num_topics, words, corpus.lengths.length);
  const mixture = await polish(context, corpus, () => startMixture(context, corpus));
  log.throughput(corpus.lengths.length, (log.elapsed() - started) / 1000);
  corpus.release();
  const artifact = artifactOf(mixture, words);
  await context.saveModel(writeArtifact(artifact));
  const test = stopping.aborted ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, mixture);
  mixture.release();
}

function startMixture({ hyperparameters, kernels, log, seed }: LdaContext, corpus: Corpus): Mixture {
  const { num_topics: topics, alpha0, feature_dim: words } = hyperparameters;
  const first = momentTopics(kernels, corpus, {
    topics,
    alpha0,
    restarts: hyperparameters.max_restarts,
    maxIterations: hyperparameters.max_iterations,
    tolerance: hyperparameters.tol,
    seed,
  });
  if (first.found < topics)
    log.info(
      `the moments of the documents tell of ${first.found} topics; the other ${topics - first.found} begin as single documents`,
    );
  return Mixture.of(
    kernels,
    first.words.map((topic) => topic.map((value) => (1 - spread) * value + spread / words)),
    first.alpha,
  );
}

function artifactOf({ words: values, prior, topics, stride }: Mixture, words: number): LdaArtifact {
  const beta = new Float32Array(topics * words);
  for (let word = 0; word < words; word++)
    for (let k = 0; k < topics; k++) beta[k * words + word] = values.values[word * stride + k] ?? 0;
  return { topics, words, alpha: prior.values.slice(0, topics), beta };
}

function requireTopics(topics: number, words: number, documents: number): void {
  const directions = followedDirections(topics, words);
  requireMemory({
    bytes: 8 * (words * directions * (2 * mostPasses + 2) + documents * (directions + topics) + topics ** 3),
    what: `lda with ${topics} topics, ${words} words and ${documents} documents`,
    remedy: 'lower num_topics, or leave out words that are rare',
  });
}

/** Planted topics are found again, by the moments alone and after the passes; and what is wrong. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openKernels } from '../kernels/kernels.ts';
import { csvFile } from '../testing/sample-files.ts';
import { trainInFolder, type TrainingOutcome } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { Corpus } from './corpus.ts';
import { lda } from './index.ts';
import { momentTopics } from './moment-topics.ts';
import { corpusFile, plantedCorpus } from './testing/planted-corpus.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const words = 300;
const planted = plantedCorpus({ topics: 6, words, documents: 1500, length: 60, alpha0: 1, seed: 2 });
const recordio = 'application/x-recordio-protobuf';
test('the moments alone find the planted topics', () => {
  const starts = Int32Array.from([0, ...planted.documents.map(({ length }) => length)]);
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
  const entries = planted.documents.flat();
  const [heapStarts, keys, values] = [
    kernels.heap.int32(starts.length),
    kernels.heap.int32(entries.length),
    kernels.heap.float32(entries.length),
  ];
  heapStarts.values.set(starts);
  keys.values.set(entries.map(([word]) => word));
  values.values.set(entries.map(([, count]) => count));
  const counts = {
    rows: planted.documents.length,
    starts: heapStarts.pointer,
    keys: keys.pointer,
    values: values.pointer,
  };
  const corpus = new Corpus(kernels, counts, words, () => undefined);
  const options = { topics: 6, alpha0: 1, restarts: 10, maxIterations: 1000, tolerance: 1e-8, seed: 0 };
  const { words: topics, alpha, found } = momentTopics(kernels, corpus, options);
  assert.equal(found, 6);
  assert.ok(Math.abs(alpha.reduce((sum, value) => sum + value, 0) - 1) < 1e-9);
  for (const topic of topics) assert.ok(topic.every((value) => value >= 0));
  const matches = bestMatches(topics);
  assert.ok(Math.min(...matches) > 0.9, matches.join(', '));
});

test('the model has the planted topics, and their shares for a prior', async () => {
  const outcome = await trainInFolder(lda, {
    hyperparameters: { num_topics: '6', feature_dim: String(words), mini_batch_size: '1500' },
    channels: { train: { contentType: recordio, files: { 'a.pbr': corpusFile(planted, words) } } },
  });
  assert.equal(outcome.exitCode, 0, outcome.failure);
  const { alpha, beta } = readArtifact(outcome.model);
  const topics = Array.from({ length: 6 }, (_, k) => beta.subarray(k * words, (k + 1) * words));
  for (const topic of topics) assert.ok(Math.abs(topic.reduce((sum, value) => sum + value, 0) - 1) < 1e-4);
  const matches = bestMatches(topics);
  assert.ok(Math.min(...matches) > 0.98, matches.join(', '));
  for (const share of alpha) assert.ok(share > 0.1 && share < 0.25, alpha.join(', '));
});

test('more topics than the documents tell of, and negative counts', async () => {
  const few = csvFile({
    features: [
      [3, 1, 0],
      [0, 2, 5],
      [1, 1, 1],
    ],
  });
  const job = (train: Buffer): Promise<TrainingOutcome> =>
    trainInFolder(lda, {
      hyperparameters: { num_topics: '3', feature_dim: '3', mini_batch_size: '3' },
      channels: { train: { contentType: 'text/csv;label_size=0', files: { 'a.csv': train } } },
    });
  const outcome = await job(few);
  assert.equal(outcome.exitCode, 0, outcome.failure);
  assert.ok(readArtifact(outcome.model).beta.every((value) => value > 0 && value < 1));
  const negative = await job(Buffer.from('1,2,3\n1,-2,3\n'));
  assert.match(negative.failure, /^ClientError: file train\/a\.csv, line 2: word 1 has the count -2/);
  assert.match((await job(Buffer.from('0,0,0\n0,0,0\n'))).failure, /^ClientError: .* no document has a word/);
});

/** The cosine of each planted topic with the most similar one that was found. */
function bestMatches(found: readonly ArrayLike<number>[]): number[] {
  return planted.topics.map((topic) => Math.max(...found.map((other) => cosine(topic, other))));
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += (a[i] ?? 0) * (b[i] ?? 0);
    first += (a[i] ?? 0) ** 2;
    second += (b[i] ?? 0) ** 2;
  }
  return product / Math.sqrt(first * second);
}

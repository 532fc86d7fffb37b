/** Every mode of word vectors, several hosts, checkpoints, text that does not fit in memory, and wrong combinations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../kernels/kernels.ts';
import { loadModel } from '../load-model.ts';
import { bytesSource } from '../formats/byte-source.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome } from '../testing/training-folder.ts';
import { Corpus } from './corpus.ts';
import { blazingtext } from './index.ts';
import { plantedLines, topicPrecision } from './testing/planted-text.ts';
import { Vocabulary } from './vocabulary.ts';

const planted = { topics: 6, topicWords: 20, commonWords: 60, wordsPerLine: 14, seed: 8 };
const lines = [...plantedLines(2400, planted)];
const topicWords = Array.from({ length: 6 }, (_, topic) =>
  Array.from({ length: 5 }, (__, word) => `t${topic}w${word}`),
).flat();
const textOf = (some: typeof lines): Buffer => Buffer.from(`${some.map(({ words }) => words.join(' ')).join('\n')}\n`);
const labelledText = (some: typeof lines): Buffer =>
  Buffer.from(some.map(({ topic, words }) => `__label__${topic} ${words.join(' ')}\n`).join(''));
const channel = (text: Buffer) => ({ contentType: 'text/plain', files: { 'a.txt': text } });
const vectorSettings = { vector_dim: '16', epochs: '5', sampling_threshold: '0', min_count: '1', buckets: '3000' };

async function precisionOf({ exitCode, failure, model }: TrainingOutcome): Promise<number> {
  assert.equal(exitCode, 0, failure);
  const answers = (await loadModel(model)).predictText?.(topicWords) ?? [];
  return topicPrecision(
    topicWords,
    answers.map(({ vector }) => (Array.isArray(vector) ? vector.map(Number) : [])),
    4,
  );
}

for (const mode of ['skipgram', 'cbow', 'batch_skipgram'])
  for (const subwords of ['false', 'true']) {
    test(`${mode}${subwords === 'true' ? ' with subwords' : ''} finds the words of a topic, with one thread always the same`, async () => {
      const run = {
        hyperparameters: { ...vectorSettings, mode, subwords, negative_samples: '7', batch_size: '5' },
        channels: { train: channel(textOf(lines)) },
      };
      const [first, second] = [
        await trainInFolder(blazingtext, { ...run, threads: 1 }),
        await trainInFolder(blazingtext, { ...run, threads: 1 }),
      ];
      assert.ok((await precisionOf(first)) > 0.9, `${await precisionOf(first)}`);
      assert.deepEqual(first.model.get('vectors.bin'), second.model.get('vectors.bin'));
      assert.match(
        Buffer.from(first.model.get('vectors.txt') ?? [])
          .toString()
          .slice(0, 20),
        /^180 16\n\w+ -?0\.\d{6} /,
      );
    });
  }

test('with subwords an unknown word has the vector of its n-grams', async () => {
  const hyperparameters = { ...vectorSettings, mode: 'skipgram', subwords: 'true' };
  const { model } = await trainInFolder(blazingtext, { hyperparameters, channels: { train: channel(textOf(lines)) } });
  const [known, unknown, strange] = (await loadModel(model)).predictText?.(['t1w1', 't1w1x', '%']) ?? [];
  const [a, b] = [known?.['vector'], unknown?.['vector']].map((vector) =>
    Array.isArray(vector) ? vector.map(Number) : [],
  );
  const cosine =
    (a ?? []).reduce((sum, x, i) => sum + x * (b?.[i] ?? 0), 0) / (Math.hypot(...(a ?? [])) * Math.hypot(...(b ?? [])));
  assert.ok(cosine > 0.5, `${cosine}`);
  assert.ok(Array.isArray(strange?.['vector']));
});

for (const mode of ['batch_skipgram', 'supervised']) {
  test(`${mode}: a training that was interrupted ends with the model of one that was not`, async () => {
    const supervised = mode === 'supervised';
    const run = {
      threads: 1,
      hyperparameters: { ...vectorSettings, mode, early_stopping: String(supervised), patience: '2' },
      channels: {
        train: channel(supervised ? labelledText(lines) : textOf(lines)),
        ...(supervised ? { validation: channel(labelledText(lines.slice(0, 50))) } : {}),
      },
    };
    const whole = await trainInFolder(blazingtext, run);
    const stopped = await trainInFolder(blazingtext, { ...run, checkpoints: new Map(), stopAt: /completed 40 %/ });
    const resumed = await trainInFolder(blazingtext, { ...run, checkpoints: stopped.checkpoints });
    assert.ok(
      resumed.log.some((line) => line.includes('going on after epoch')),
      resumed.log.join('\n'),
    );
    const file = supervised ? 'model.bin' : 'vectors.bin';
    assert.deepEqual(resumed.model.get(file), whole.model.get(file));
  });
}

test('two hosts with half the text each hold one model, nearly as good as that of one host', async () => {
  const run = (some: typeof lines) => ({
    hyperparameters: { ...vectorSettings, epochs: '8', mode: 'batch_skipgram' },
    channels: { train: channel(textOf(some)) },
  });
  const [first, second] = await trainOnHosts(blazingtext, [run(lines.slice(0, 1500)), run(lines.slice(1500))]);
  assert.ok(first !== undefined && second !== undefined);
  assert.ok((await precisionOf(first)) > 0.9, `${await precisionOf(first)}`);
  assert.deepEqual(first.model.get('vectors.bin'), second.model.get('vectors.bin'));
});

test('several hosts are refused where only one can train', async () => {
  for (const mode of ['cbow', 'supervised']) {
    const run = { hyperparameters: { mode }, channels: { train: channel(labelledText(lines)) } };
    for (const { failure } of await trainOnHosts(blazingtext, [run, run]))
      assert.match(failure, new RegExp(`ClientError: mode '${mode}' trains on one instance, and the job has 2`));
  }
});

test('text that is read again in each epoch gives the pieces of text that is kept', async () => {
  const kernels = openKernels({ threads: 1 });
  const text = Buffer.concat([
    textOf(lines.slice(0, 300)),
    Buffer.from('a '.repeat(3000)),
    textOf(lines.slice(0, 5)).subarray(0, -1),
  ]);
  const piecesOf = async (keptBytes: number): Promise<number[][][]> => {
    const vocabulary = new Vocabulary(kernels, 512);
    const data = {
      name: 'train',
      contentType: undefined,
      sources: async function* () {
        yield bytesSource('a', text.subarray(0, 3000));
        yield bytesSource('b', text.subarray(3000));
      },
    };
    const corpus = await Corpus.read(kernels, data, vocabulary, true, {
      keptBytes,
      prepare: (tokens) => tokens,
      release: ({ pointer }) => kernels.heap.free(pointer),
    });
    const epochs: number[][][] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      const pieces: number[][] = [];
      for await (const { pointer, length } of corpus.epoch()) pieces.push([...kernels.heap.viewInt32(pointer, length)]);
      epochs.push(pieces);
    }
    corpus.release();
    const words = vocabulary.entries(0).map(({ word }) => word);
    const read = epochs[0]
      ?.flat()
      .map((token) => (token < 0 ? '\n' : words[token]))
      .join(' ')
      .replaceAll(/\s+/g, ' ');
    assert.equal(read, [text.subarray(0, 3000), text.subarray(3000)].join(' ').replaceAll(/\s+/g, ' ') + ' ');
    return epochs;
  };
  const kept = await piecesOf(1e9);
  const streamed = await piecesOf(0);
  assert.deepEqual(kept[1], kept[0]);
  assert.deepEqual(streamed, kept);
  await kernels.close();
});

test('JSON Lines, and records of an augmented manifest, are the same as text', async () => {
  const some = lines.slice(0, 500);
  const hyperparameters = { mode: 'supervised', ...vectorSettings };
  const json = some
    .map(({ topic, words }) => `${JSON.stringify({ source: words.join(' '), label: [topic] })}\n`)
    .join('');
  const jsonChannel = { contentType: 'application/jsonlines', files: { 'a.jsonl': Buffer.from(json) } };
  const [text, parsed] = [
    await trainInFolder(blazingtext, { threads: 1, hyperparameters, channels: { train: channel(labelledText(some)) } }),
    await trainInFolder(blazingtext, { threads: 1, hyperparameters, channels: { train: jsonChannel } }),
  ];
  assert.equal(parsed.exitCode, 0, parsed.failure);
  assert.deepEqual(parsed.model.get('model.bin'), text.model.get('model.bin'));
  const records = some.flatMap(({ topic, words }) => [frame(words.join(' ')), frame(String(topic))]);
  const recordChannel = { contentType: 'application/x-recordio', files: { a: Buffer.concat(records) } };
  const framed = await trainInFolder(blazingtext, { threads: 1, hyperparameters, channels: { train: recordChannel } });
  assert.equal(framed.exitCode, 0, framed.failure);
  assert.deepEqual(framed.model.get('model.bin'), text.model.get('model.bin'));
});

function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0xced7230a);
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, payload, Buffer.alloc((4 - (payload.length % 4)) % 4)]);
}

test('early stopping ends when the accuracy no longer grows, and needs a validation channel', async () => {
  const hyperparameters = {
    ...vectorSettings,
    mode: 'supervised',
    epochs: '60',
    early_stopping: 'true',
    learning_rate: '0.5',
  };
  const train = channel(labelledText(lines.slice(400)));
  const validation = channel(labelledText(lines.slice(0, 400)));
  const { log, failure } = await trainInFolder(blazingtext, { hyperparameters, channels: { train, validation } });
  assert.equal(failure, '');
  const epochs = log.filter((line) => line.startsWith('#progress_metric')).length;
  assert.ok(epochs >= 5 && epochs < 60, `${epochs}`);
  assert.match(
    (await trainInFolder(blazingtext, { hyperparameters, channels: { train } })).failure,
    /early_stopping needs a validation channel/,
  );
});

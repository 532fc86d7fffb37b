/** Against fastText and gensim: they read our files and answer as we do, and we read fastText's. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { loadModel } from '../load-model.ts';
import { trainInFolder } from '../testing/training-folder.ts';
import { blazingtext } from './index.ts';
import { plantedLines } from './testing/planted-text.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;

const lines = [...plantedLines(2500, { topics: 5, topicWords: 30, commonWords: 80, wordsPerLine: 12, seed: 4 })];
const text = lines.map(({ words }) => `${words.join(' ')}\n`).join('');
const labelled = lines.map(({ topic, words }) => `__label__${topic} ${words.join(' ')}\n`).join('');
const questions = [
  't0w0 t0w1 c0',
  'c1 c2 c3',
  't1w2 unknown t2w3 caf\u00e9 \u{1f600}',
  'never seen words only',
  '',
  't4w0',
  '  blanks\tof many\fkinds t3w1 ',
];

function python(program: string, ...args: string[]): unknown {
  assert.ok('bin' in environment);
  const output = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output);
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rung-fasttext-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const classify = `
import sys, json, fasttext
# model.predict copies in a way that NumPy 2 refuses, so its core is asked.
ask = lambda model, line, k: [[label, p] for p, label in model.f.predict(line + "\\n", k, 0.0, "strict")]
`;

/** Each line's labels with their probabilities, sorted by label. */
function assertSame(
  ours: readonly (readonly [string, number])[],
  theirs: unknown,
  tolerance: number,
  what: string,
): void {
  assert.ok(Array.isArray(theirs));
  const found = new Map(theirs.map(([label, probability]: [string, number]) => [label, probability]));
  for (const [label, probability] of ours) {
    // With a tree of labels fastText does not follow branches of less than 1e-5.
    const theirsHere = found.get(label) ?? 0;
    found.delete(label);
    assert.ok(
      Math.abs(probability - theirsHere) <= tolerance,
      `${what}: ${label} ${probability} against ${theirsHere}`,
    );
  }
  assert.equal(found.size, 0, what);
}

async function answersOf(folder: string, bytes: Uint8Array, k: number): Promise<(readonly [string, number])[][]> {
  assert.ok(folder !== '');
  const model = await loadModel(new Map([['model.bin', bytes]]), 'blazingtext');
  return (model.predictText?.(questions, { k }) ?? []).map(({ label, prob }) => {
    assert.ok(Array.isArray(label) && Array.isArray(prob));
    return label.map((name, at) => [String(name), Number(prob[at])] as const);
  });
}

for (const ngrams of ['1', '3'])
  test(
    `fastText loads model.bin with word_ngrams=${ngrams} and gives every probability as we do`,
    { skip },
    async (t) => {
      const folder = folderOf(t);
      const { exitCode, failure, model } = await trainInFolder(blazingtext, {
        hyperparameters: {
          mode: 'supervised',
          word_ngrams: ngrams,
          buckets: '5003',
          vector_dim: '10',
          learning_rate: '0.2',
          epochs: '3',
        },
        channels: { train: { contentType: 'text/plain', files: { 'a.txt': Buffer.from(labelled) } } },
      });
      assert.equal(exitCode, 0, failure);
      const bytes = model.get('model.bin') ?? new Uint8Array();
      const file = join(folder, 'model.bin');
      writeFileSync(file, bytes);
      const theirs = python(
        `${classify}\nmodel = fasttext.load_model(sys.argv[1])\nprint(json.dumps([ask(model, line, 9) for line in json.loads(sys.argv[2])]))`,
        file,
        JSON.stringify(questions),
      );
      const ours = await answersOf(folder, bytes, 9);
      assert.ok(Array.isArray(theirs));
      // fastText adds 1e-5 to a probability before it takes its logarithm.
      for (const [at, line] of ours.entries()) assertSame(line, theirs[at], 2e-5, questions[at] ?? '');
    },
  );

test(
  'models that fastText trained are served as fastText does, with every loss; quantized ones are refused',
  { skip },
  async (t) => {
    const folder = folderOf(t);
    writeFileSync(join(folder, 'train.txt'), labelled);
    const theirs = python(
      `${classify}
folder, lines = sys.argv[1], json.loads(sys.argv[2])
answers = {}
for loss in ["softmax", "hs", "ns", "ova"]:
    model = fasttext.train_supervised(folder + "/train.txt", loss=loss, dim=12, wordNgrams=2, bucket=4000, minn=2, maxn=4, epoch=3, lr=0.3, thread=1, verbose=0)
    model.save_model(folder + "/" + loss)
    answers[loss] = [ask(model, line, 5) for line in lines]
model.quantize(input=folder + "/train.txt")
model.save_model(folder + "/quantized.ftz")
print(json.dumps(answers))`,
      folder,
      JSON.stringify(questions),
    );
    assert.ok(typeof theirs === 'object' && theirs !== null);
    for (const [loss, answers] of Object.entries(theirs)) {
      const ours = await answersOf(folder, readFileSync(join(folder, loss)), 5);
      // Its sigmoid is a table with steps of 1/32.
      for (const [at, line] of ours.entries())
        assertSame(line, answers[at], loss === 'softmax' ? 2e-5 : 0.02, `${loss}: ${questions[at]}`);
    }
    for (const name of ['model.bin', 'quantized.ftz'])
      await assert.rejects(
        loadModel(new Map([[name, readFileSync(join(folder, 'quantized.ftz'))]]), 'blazingtext'),
        /quantized model of fastText/,
      );
  },
);

test('gensim loads vectors.txt and vectors.bin, and fastText the one with subwords', { skip }, async (t) => {
  const folder = folderOf(t);
  const words = ['t0w0', 'c1', 't2w5', 'unknown', 'caf\u00e9'];
  const vectorsOf = async (subwords: string): Promise<readonly (readonly number[])[]> => {
    const { exitCode, failure, model } = await trainInFolder(blazingtext, {
      hyperparameters: { mode: 'skipgram', subwords, buckets: '4001', vector_dim: '10', epochs: '2' },
      channels: { train: { contentType: 'text/plain', files: { 'a.txt': Buffer.from(text) } } },
    });
    assert.equal(exitCode, 0, failure);
    for (const [name, bytes] of model) writeFileSync(join(folder, `${subwords}-${name}`), bytes);
    const answers = (await loadModel(model)).predictText?.(words) ?? [];
    return answers.map(({ vector }) => (Array.isArray(vector) ? vector.map(Number) : []));
  };
  const plain = await vectorsOf('false');
  const parts = await vectorsOf('true');
  const theirs = python(
    `
import sys, json, fasttext
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_vectors
folder, words = sys.argv[1], json.loads(sys.argv[2])
rows = lambda vectors, words: [[float(x) for x in vectors[word]] for word in words]
model = fasttext.load_model(folder + "/true-vectors.bin")
print(json.dumps({
    "bin": rows(KeyedVectors.load_word2vec_format(folder + "/false-vectors.bin", binary=True), words[:3]),
    "txt": rows(KeyedVectors.load_word2vec_format(folder + "/false-vectors.txt"), words[:3]),
    "subtext": rows(KeyedVectors.load_word2vec_format(folder + "/true-vectors.txt"), words[:3]),
    "fasttext": [[float(x) for x in model.get_word_vector(word)] for word in words],
    "gensim": rows(load_facebook_vectors(folder + "/true-vectors.bin"), words),
}))`,
    folder,
    JSON.stringify(words),
  );
  assert.ok(typeof theirs === 'object' && theirs !== null);
  for (const [name, rows] of Object.entries(theirs)) {
    const ours = name === 'bin' || name === 'txt' ? plain : parts;
    assert.ok(Array.isArray(rows));
    for (const [at, row] of rows.entries())
      for (const [i, value] of Array.from<number>(row).entries()) {
        const own = ours[at]?.[i] ?? Number.NaN;
        assert.ok(Math.abs(own - value) < 2e-6, `${name}: ${words[at]} ${own} against ${value}`);
      }
  }
  assert.deepEqual(new Set(plain[3]), new Set([0]));
});

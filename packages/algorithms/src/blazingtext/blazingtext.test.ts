import assert from 'node:assert/strict';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { blazingtext } from './index.ts';
import { plantedLines, topicPrecision } from './testing/planted-text.ts';

const planted = { topics: 4, topicWords: 12, commonWords: 30, wordsPerLine: 12, seed: 3 };
const lines = [...plantedLines(1200, planted)];
const topicWords = Array.from({ length: 4 }, (_, topic) =>
  Array.from({ length: 5 }, (__, word) => `t${topic}w${word}`),
).flat();
const common = { vector_dim: '18', epochs: '6', buckets: '2000' };

checkAlgorithm(blazingtext, {
  hyperparameters: { ...common, mode: 'batch_skipgram', sampling_threshold: '0', min_count: '2' },
  lines: lines.map(({ words }) => words.join(' ')),
  channels: { evaluation: '# pairs\nt0w0 t0w1 9\nt0w0 t1w0 1\nt2w0,t2w1,8\nnone t1w0 3\n' },
  metrics: ['train:mean_rho'],
  questions: [...topicWords, 'unknown'],
  responseKeys: { json: ['word', 'vector'], jsonLines: ['word', 'vector'] },
  checkQuality: (answers) => {
    const vectors = answers.slice(0, topicWords.length).map(({ vector }) => (Array.isArray(vector) ? vector : []));
    assert.ok(topicPrecision(topicWords, vectors, 4) > 0.9);
    assert.deepEqual(
      answers.at(-1)?.['vector'],
      Array.from({ length: 18 }, () => 0),
    );
  },
  refused: [['words that are all rare', 'a b c d\ne f g\n', /none occurs at least min_count=2 times/]],
  deterministic: false,
});

const labelled = lines.map(({ topic, words }) => `__label__${topic} ${words.join(' ')}`);
checkAlgorithm(blazingtext, {
  hyperparameters: { ...common, mode: 'supervised', learning_rate: '0.3', min_count: '2' },
  lines: labelled.slice(200),
  channels: { validation: labelled.slice(0, 200).join('\n') },
  metrics: ['validation:accuracy', 'train:accuracy'],
  questions: ['t0w0 c1 t0w2', 't3w1 t3w0', 'c0', 'never seen'],
  responseKeys: { json: ['label', 'prob'], jsonLines: ['prob', 'label'] },
  checkQuality: ([first, second], model) => {
    assert.deepEqual([first?.['label'], second?.['label']], [['__label__0'], ['__label__3']]);
    const [all] = model.predictText?.(['t1w0'], { k: 9 }) ?? [];
    assert.ok(Array.isArray(all?.['prob']) && all['prob'].length === 4);
    assert.ok(Math.abs(all['prob'].reduce((sum: number, part) => sum + Number(part), 0) - 1) < 1e-6);
  },
  refused: [
    ['text without labels', 'some words\nand more words\n', /no labels: each line must begin with one/],
    ['text with one label', '__label__a some words\n__label__a some words\n', /only the label '__label__a'/],
    ['words that are all rare', '__label__a b\n__label__c d\n', /none of the 2 words .* at least min_count=2 times/],
    ['labels without words', '__label__a\n__label__b\n'.repeat(3), /none of the 0 words/],
  ],
  deterministic: false,
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@rung/algorithms';
import { BlazingText } from '@rung/sdk';
import type { Example } from '../example.ts';

const SUBJECTS = {
  sport: ['goal', 'match', 'team', 'coach', 'league', 'score', 'stadium', 'player'],
  kitchen: ['soup', 'bread', 'salt', 'oven', 'recipe', 'butter', 'pan', 'dinner'],
  sea: ['wave', 'sail', 'harbour', 'tide', 'boat', 'captain', 'storm', 'island'],
  money: ['bank', 'market', 'price', 'loan', 'profit', 'share', 'tax', 'budget'],
} as const;
const COMMON = ['the', 'a', 'and', 'of', 'in', 'for', 'with', 'new', 'old', 'good', 'today', 'again'];
const SENTENCES = 4000;
const HELD_OUT = 400;
const WORDS = 8;

export const blazingTextExample: Example = {
  title: `blazingtext: the subject of ${SENTENCES} sentences about ${Object.keys(SUBJECTS).join(', ')}`,
  draws: false,
  async run({ session, fit, deploy, predict }) {
    const sentences = drawSentences();
    const asked = sentences.slice(0, HELD_OUT);
    const folder = await mkdtemp(join(tmpdir(), 'rung-blazingtext-'));
    try {
      const train = join(folder, 'train.txt');
      await writeFile(
        train,
        sentences
          .slice(HELD_OUT)
          .map(({ label, text }) => `${label} ${text}\n`)
          .join(''),
      );
      const estimator = new BlazingText({
        mode: 'supervised',
        vectorDim: 20,
        learningRate: 0.3,
        buckets: 10_000,
        session,
      });
      await fit(estimator, { train }, `Trained blazingtext on ${SENTENCES - HELD_OUT} sentences`);
      const predictor = await deploy(estimator);
      const answers = await predict(
        predictor,
        () => predictor.predict<{ label: string[]; prob: number[] }[]>({ instances: asked.map(({ text }) => text) }),
        ({ length }) => `Asked for the subject of ${length} sentences that it has not seen`,
      );
      const right = answers.filter(({ label }, index) => label[0] === asked[index]?.label).length;
      return {
        quality: right / HELD_OUT,
        measures: { sentences: SENTENCES, subjects: Object.keys(SUBJECTS) },
        report:
          `${((right / HELD_OUT) * 100).toFixed(1)} % of the sentences get their subject, e.g. ` +
          `"${asked[0]?.text}": ${answers[0]?.label[0]?.replace('__label__', '')}`,
        next: [['npx rung train blazingtext --help', 'learn from your own text, or give words vectors']],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** A third of a sentence's words are of its subject. */
function drawSentences(): { label: string; text: string }[] {
  const random = new Random(5);
  const subjects = Object.entries(SUBJECTS);
  return Array.from({ length: SENTENCES }, () => {
    const [name, own] = subjects[random.below(subjects.length)] ?? ['', COMMON];
    const words = Array.from({ length: WORDS }, () => {
      const from = random.uniform() < 1 / 3 ? own : COMMON;
      return from[random.below(from.length)] ?? '';
    });
    return { label: `__label__${name}`, text: words.join(' ') };
  });
}

import { Random } from '@rung/algorithms';
import { LDA } from '@rung/sdk';
import type { Example } from '../example.ts';

const SUBJECTS = [
  ['goal', 'team', 'match', 'coach', 'league', 'player'],
  ['bank', 'market', 'share', 'price', 'profit', 'trade'],
  ['rain', 'wind', 'storm', 'cloud', 'sun', 'snow'],
  ['film', 'actor', 'stage', 'scene', 'song', 'novel'],
] as const;
const VOCABULARY = SUBJECTS.flat();
const DOCUMENTS = 1000;
const LENGTH = 60;

export const ldaExample: Example = {
  title: `lda: ${DOCUMENTS} short articles on ${SUBJECTS.length} subjects, mixed; the subjects are not told`,
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const { rows, main } = drawArticles();
    const estimator = new LDA({ numTopics: SUBJECTS.length, alpha0: 1, miniBatchSize: DOCUMENTS, session });
    await fit(estimator, { train: { rows } }, `Found ${SUBJECTS.length} topics in ${DOCUMENTS} articles`);
    const predictor = await deploy(estimator);
    // A document of one word shows which topic the word belongs to.
    const words = VOCABULARY.map((_, word) => VOCABULARY.map((__, other) => (other === word ? LENGTH : 0)));
    const answers = await predict(
      predictor,
      () => predictor.predict<{ topic_mixture: number[] }[]>([...rows, ...words]),
      () => `Asked for the topics of ${DOCUMENTS} articles and of ${VOCABULARY.length} words`,
    );
    const mixtures = answers.slice(DOCUMENTS).map(({ topic_mixture: mixture }) => mixture);
    const topics = answers.map(({ topic_mixture: mixture }) => mixture.indexOf(Math.max(...mixture)));
    const ofWords = topics.slice(DOCUMENTS);
    const found = SUBJECTS.map((_, topic) => VOCABULARY.filter((__, word) => ofWords[word] === topic));
    // A topic stands for the subject that most of its words are of.
    const subjects = found.map((own) => mostShared(own));
    const right = main.filter((subject, document) => subjects[topics[document] ?? 0] === subject).length / DOCUMENTS;
    return {
      quality: right,
      measures: { documents: DOCUMENTS, topics: found },
      report:
        `${(right * 100).toFixed(1)} % of the articles have their main subject for their strongest topic\n` +
        found.map((own, topic) => `  topic ${topic}: ${own.join(', ')}`).join('\n'),
      picture: {
        width: 720,
        height: 260,
        chart: {
          title: { text: 'How much each word speaks for each topic' },
          grid: { bottom: 70 },
          xAxis: { type: 'category', data: [...VOCABULARY], axisLabel: { rotate: 60, interval: 0 } },
          yAxis: { type: 'category', data: SUBJECTS.map((_, topic) => `topic ${topic}`) },
          visualMap: { show: false, min: 0, max: 1 },
          series: {
            type: 'heatmap',
            data: mixtures.flatMap((mixture, word) => mixture.map((weight, topic) => [word, topic, weight])),
          },
        },
      },
      next: [['npx rung train lda --help', 'find topics in your own counts of words']],
    };
  },
};

/** Two thirds of an article's words are on its main subject, the others on any. */
function drawArticles(): { rows: number[][]; main: number[] } {
  const random = new Random(7);
  const main = Array.from({ length: DOCUMENTS }, () => random.below(SUBJECTS.length));
  const rows = main.map((subject) => {
    const counts = VOCABULARY.map(() => 0);
    for (let word = 0; word < LENGTH; word++) {
      const on = SUBJECTS[random.uniform() < 2 / 3 ? subject : random.below(SUBJECTS.length)] ?? SUBJECTS[0];
      const drawn = VOCABULARY.indexOf(on[random.below(on.length)] ?? on[0]);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    return counts;
  });
  return { rows, main };
}

function mostShared(words: readonly string[]): number {
  const shared = SUBJECTS.map((subject) => subject.filter((word) => words.includes(word)).length);
  return shared.indexOf(Math.max(...shared));
}

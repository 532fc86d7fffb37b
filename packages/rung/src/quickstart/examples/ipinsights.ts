import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '@rung/algorithms';
import { IPInsights } from '@rung/sdk';
import type { Example } from '../example.ts';
import { histogram } from '../histogram.ts';

const USERS = 200;
const LOGINS = 20_000;
const ASKED = 500;

export const ipInsightsExample: Example = {
  title: `ipinsights: ${LOGINS} logins of ${USERS} users; whose address was stolen?`,
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const random = new Random(5);
    const networks = Array.from({ length: USERS }, () =>
      Array.from({ length: 1 + random.below(3) }, () =>
        [random.below(224), random.below(256), random.below(256)].join('.'),
      ),
    );
    const login = (user: number, from: number): string => {
      const known = networks[from] ?? [];
      return `user-${user},${known[random.below(known.length)]}.${random.below(256)}`;
    };
    const own = (): string => {
      const user = random.below(USERS);
      return login(user, user);
    };
    const folder = await mkdtemp(join(tmpdir(), 'rung-ipinsights-'));
    const train = join(folder, 'logins.csv');
    try {
      await writeFile(train, Array.from({ length: LOGINS }, () => `${own()}\n`).join(''));
      const estimator = new IPInsights({
        numEntityVectors: 2 * USERS,
        vectorDim: 64,
        epochs: 8,
        miniBatchSize: 500,
        learningRate: 0.01,
        session,
      });
      await fit(estimator, { train }, `Learnt from ${LOGINS} logins`);
      const predictor = await deploy(estimator);
      const asked = [
        ...Array.from({ length: ASKED }, own),
        ...Array.from({ length: ASKED }, () => {
          const user = random.below(USERS);
          return login(user, (user + 1 + random.below(USERS - 1)) % USERS);
        }),
      ];
      const answers = await predict(
        predictor,
        () => predictor.predict<{ dot_product: number }[]>(asked.join('\n')),
        ({ length }) => `Asked about ${length} other logins, half of them from the network of somebody else`,
      );
      const scores = answers.map(({ dot_product: score }) => score);
      const right = scores.filter((score, row) => score > 0 === row < ASKED).length / asked.length;
      return {
        quality: right,
        measures: { logins: LOGINS, users: USERS, accuracy: right },
        report: `${(right * 100).toFixed(1)} % of the logins are told right by the sign of their score alone`,
        picture: histogram({
          title: 'Scores of logins that IP Insights never saw',
          axis: 'dot product: how usual the address is for the user',
          kinds: { 'own network': scores.slice(0, ASKED), 'network of another user': scores.slice(ASKED) },
        }),
        next: [['npx rung train ipinsights --help', 'learn from your own logins: lines of user,address']],
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

import { FactorizationMachines, type SparseRow } from '@rung/sdk';
import { Random } from '@rung/algorithms';
import type { Example } from '../example.ts';

const USERS = 60;
const FILMS = 40;
const ROWS = 6000;
const HELD_OUT = 600;
/** Kinds that a film is of, and that a user likes or not. */
const KINDS = 3;

export const factorizationMachinesExample: Example = {
  title: `factorization-machines: whether ${USERS} users like ${FILMS} films; tastes and kinds of films are not told`,
  draws: false,
  async run({ session, fit, deploy, predict }) {
    const { rows, labels } = drawRatings();
    const estimator = new FactorizationMachines({
      predictorType: 'binary_classifier',
      featureDim: USERS + FILMS,
      numFactors: 4,
      epochs: 30,
      miniBatchSize: 100,
      factorsLr: 0.02,
      linearLr: 0.01,
      factorsInitSigma: 0.1,
      session,
    });
    const known = { rows: rows.slice(HELD_OUT), labels: labels.slice(HELD_OUT) };
    await fit(estimator, { train: known }, `Trained factorization-machines on ${known.rows.length} ratings`);
    const predictor = await deploy(estimator);
    const instances = rows
      .slice(0, HELD_OUT)
      .map(({ keys, values }) => ({ data: { features: { keys, values, shape: [USERS + FILMS] } } }));
    const answers = await predict(
      predictor,
      () => predictor.predict<{ score: number; predicted_label: number }[]>({ instances }),
      ({ length }) => `Asked for ${length} ratings that it has not seen`,
    );
    const right = answers.filter(({ predicted_label }, index) => predicted_label === labels[index]).length;
    const always = labels.slice(0, HELD_OUT).filter((label) => label === 1).length;
    return {
      quality: right / HELD_OUT,
      measures: { rows: ROWS, users: USERS, films: FILMS },
      report:
        `${((right / HELD_OUT) * 100).toFixed(1)} % of the ratings are as predicted; ` +
        `${((Math.max(always, HELD_OUT - always) / HELD_OUT) * 100).toFixed(1)} % would be, were all predicted alike`,
      next: [['npx rung train factorization-machines --help', 'learn from your own record files']],
    };
  },
};

/** A user likes a film when its kind is to their taste; one in twenty ratings is given by mistake. */
function drawRatings(): { rows: SparseRow[]; labels: number[] } {
  const random = new Random(7);
  const tastes = Array.from({ length: USERS }, () => Array.from({ length: KINDS }, () => random.uniform() < 0.5));
  const kinds = Array.from({ length: FILMS }, () => random.below(KINDS));
  const labels: number[] = [];
  const rows = Array.from({ length: ROWS }, () => {
    const [user, film] = [random.below(USERS), random.below(FILMS)];
    const likes = tastes[user]?.[kinds[film] ?? 0] === true;
    labels.push(Number(likes !== random.uniform() < 0.05));
    return { keys: [user, USERS + film], values: [1, 1] };
  });
  return { rows, labels };
}

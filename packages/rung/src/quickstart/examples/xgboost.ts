import { XGBoost } from '@rung/sdk';
import { Random } from '@rung/algorithms';
import type { Example } from '../example.ts';

const ROWS = 3000;
const DRAWN_EVERY = 6;
const NOISE = 0.5;

export const xgboostExample: Example = {
  title: `xgboost: ${ROWS} noisy points of a curve with a jump; a tenth of what would tell the jump is missing`,
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const random = new Random(11);
    const points = Array.from({ length: ROWS }, () => [10 * random.uniform(), random.below(2)] as const);
    const truths = points.map(([x, side]) => curve(x, side));
    const labels = truths.map((truth) => truth + NOISE * random.normal());
    // An empty field of CSV is a missing value.
    const rows = points.map(([x, side]) => [x, random.uniform() < 0.1 ? Number.NaN : side]);
    const part = (last: boolean): { labels: number[]; rows: number[][] } => ({
      labels: labels.filter((_, row) => (row % 5 === 4) === last),
      rows: rows.filter((_, row) => (row % 5 === 4) === last),
    });
    const estimator = new XGBoost({ numRound: 200, eta: 0.1, maxDepth: 4, earlyStoppingRounds: 10, session });
    await fit(estimator, { train: part(false), validation: part(true) }, `Trained xgboost on ${ROWS} points`);
    const predictor = await deploy(estimator);
    const answers = await predict(
      predictor,
      () => predictor.predict<{ score: number }[]>(points.map((point) => [...point])),
      ({ length }) => `Predicted ${length} points`,
    );
    const scores = answers.map(({ score }) => score);
    const explained =
      1 -
      meanSquare(truths, scores) /
        meanSquare(
          truths,
          truths.map(() => mean(truths)),
        );
    return {
      quality: explained,
      measures: { rows: ROWS, explained },
      report: `${(explained * 100).toFixed(1)} % of the curve beneath the noise is explained`,
      picture: {
        chart: {
          title: { text: 'A curve with a jump, as xgboost learnt it' },
          xAxis: {},
          yAxis: {},
          series: [
            {
              type: 'scatter',
              symbolSize: 3,
              data: points.map(([x], row) => [x, labels[row] ?? 0]).filter((_, row) => row % DRAWN_EVERY === 0),
            },
            ...[0, 1].map((side) => ({
              type: 'line' as const,
              showSymbol: false,
              data: points
                .map(([x, own], row) => ({ own, place: [x, scores[row] ?? 0] as const }))
                .filter(({ own }) => own === side)
                .map(({ place }) => [...place])
                .sort(([a = 0], [b = 0]) => a - b),
            })),
          ],
        },
      },
      next: [['npx rung train xgboost --help', 'train on your own CSV, libsvm or Parquet']],
    };
  },
};

function curve(x: number, side: number): number {
  return 2 * Math.sin(x) + (side === 1 && x > 4 ? 3 : 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanSquare(values: readonly number[], others: readonly number[]): number {
  return mean(values.map((value, index) => (value - (others[index] ?? 0)) ** 2));
}

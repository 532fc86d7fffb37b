import { KMeans } from '@rung/sdk';
import { Random } from '@rung/algorithms';
import type { Example } from '../example.ts';

const CENTERS = [
  [2, 2],
  [8, 3],
  [5, 7],
  [1, 9],
  [9, 9],
] as const;
const ROWS = 2000;
/** More would only hide each other. */
const DRAWN_EVERY = 4;

export const kmeansExample: Example = {
  title: `kmeans: ${ROWS} points around ${CENTERS.length} places; the places are not told`,
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const random = new Random(7);
    const places = Array.from({ length: ROWS }, () => random.below(CENTERS.length));
    const rows = places.map((place) => (CENTERS[place] ?? []).map((at) => at + 0.7 * random.normal()));
    const estimator = new KMeans({ k: CENTERS.length, session });
    await fit(estimator, { train: { rows } }, `Trained kmeans on ${ROWS} points`);
    const predictor = await deploy(estimator);
    const found = await predict(
      predictor,
      () => predictor.predict<{ closest_cluster: number; distance_to_cluster: number }[]>(rows),
      ({ length }) => `Asked for the cluster of ${length} points`,
    );
    const clusters = found.map(({ closest_cluster: cluster }) => cluster);
    const together = agreement(places, clusters);
    return {
      quality: together,
      measures: { rows: ROWS, clusters: CENTERS.length },
      report: `${(together * 100).toFixed(1)} % of the points lie in the cluster of their own place`,
      picture: {
        chart: {
          title: { text: 'Clusters that kmeans found' },
          xAxis: {},
          yAxis: {},
          series: CENTERS.map((_, cluster) => ({
            type: 'scatter',
            symbolSize: 4,
            data: rows.filter((__, row) => row % DRAWN_EVERY === 0 && clusters[row] === cluster),
          })),
        },
      },
      next: [['npx rung train kmeans --help', 'cluster your own CSV']],
    };
  },
};

/** Share of the rows that are in the cluster where most of their place are. */
function agreement(places: readonly number[], clusters: readonly number[]): number {
  const counts = new Map<string, number>();
  places.forEach((place, row) => {
    const pair = `${place}/${clusters[row]}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  });
  const best = CENTERS.map((_, place) =>
    Math.max(...[...counts].filter(([pair]) => pair.startsWith(`${place}/`)).map(([, count]) => count)),
  );
  return best.reduce((sum, count) => sum + count, 0) / places.length;
}

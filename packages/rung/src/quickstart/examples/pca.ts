import { PCA } from '@rung/sdk';
import { loadBreastCancer } from '../breast-cancer.ts';
import type { Example } from '../example.ts';

const COMPONENTS = 2;

export const pcaExample: Example = {
  title: 'pca: 30 measurements of 569 tumours, reduced to a place in the plane; which are malignant is not told',
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const { train, validation, heldOut } = await loadBreastCancer();
    const parts = [train, validation, heldOut];
    const labels = parts.flatMap((part) => part.labels);
    const rows = standardised(parts.flatMap((part) => part.rows));
    const estimator = new PCA({ numComponents: COMPONENTS, miniBatchSize: 500, session });
    await fit(estimator, { train: { rows } }, `Found the ${COMPONENTS} strongest components of ${rows.length} rows`);
    const predictor = await deploy(estimator);
    const answers = await predict(
      predictor,
      () => predictor.predict<{ projection: number[] }[]>(rows),
      ({ length }) => `Projected ${length} rows`,
    );
    // The strongest component comes last.
    const places = answers.map(({ projection }) => [projection[1] ?? 0, projection[0] ?? 0] as const);
    const above = labels.filter((label, row) => (places[row]?.[0] ?? 0) > 0 === (label === 1)).length / labels.length;
    const told = Math.max(above, 1 - above);
    return {
      quality: told,
      measures: { rows: rows.length, components: COMPONENTS, accuracy: told },
      report: `The sign of the strongest component alone tells ${(told * 100).toFixed(1)} % of the tumours right`,
      picture: {
        chart: {
          title: { text: '30 measurements in two components' },
          legend: { bottom: 0 },
          xAxis: { name: 'strongest', nameLocation: 'middle', nameGap: 28 },
          yAxis: { name: 'second' },
          series: ['benign', 'malignant'].map((name, label) => ({
            name,
            type: 'scatter',
            symbolSize: 4,
            data: places.filter((_, row) => labels[row] === label).map(([x, y]) => [x, y]),
          })),
        },
      },
      next: [['npx rung train pca --help', 'reduce your own CSV']],
    };
  },
};

/** Measurements in different units count alike when each has mean 0 and deviation 1. */
function standardised(rows: readonly (readonly number[])[]): number[][] {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? 0));
  const moments = columns.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
  });
  return rows.map((row) =>
    row.map((value, column) => (value - (moments[column]?.mean ?? 0)) / (moments[column]?.deviation ?? 1)),
  );
}

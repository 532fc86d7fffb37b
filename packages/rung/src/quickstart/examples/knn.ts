import { KNN } from '@rung/sdk';
import { loadBreastCancer, type LabelledRows } from '../breast-cancer.ts';
import type { Example } from '../example.ts';

const NEIGHBORS = 7;

export const knnExample: Example = {
  title: 'knn: is a tumour malignant? What the most similar of 342 patients had',
  draws: false,
  async run({ session, fit, deploy, predict }) {
    const { train, heldOut } = await loadBreastCancer();
    const scale = scaleOf(train);
    const estimator = new KNN({
      predictorType: 'classifier',
      k: NEIGHBORS,
      sampleSize: train.rows.length,
      indexMetric: 'L2',
      session,
    });
    await fit(estimator, { train: scale(train) }, `Indexed ${train.rows.length} patients`);
    const predictor = await deploy(estimator);
    const predictions = await predict(
      predictor,
      () => predictor.predict<{ predicted_label: number }[]>(scale(heldOut).rows),
      ({ length }) => `Compared ${length} patients with them`,
    );
    const right = predictions.filter(({ predicted_label: label }, row) => label === heldOut.labels[row]).length;
    const accuracy = right / heldOut.rows.length;
    return {
      quality: accuracy,
      measures: { heldOut: heldOut.rows.length, accuracy, neighbors: NEIGHBORS },
      report: `Accuracy on ${heldOut.rows.length} held-out patients, by the vote of ${NEIGHBORS} neighbors: ${(accuracy * 100).toFixed(1)} %`,
      next: [['npx rung train knn --help', 'find neighbors in your own CSV']],
    };
  },
};

/** Distances count every column alike: each is divided by the spread that it has in training. */
function scaleOf({ rows }: LabelledRows): (part: LabelledRows) => LabelledRows {
  const columns = (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? 0));
  const spreads = columns.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
  });
  return (part) => ({
    ...part,
    rows: part.rows.map((row) => row.map((value, column) => value / (spreads[column] ?? 1))),
  });
}

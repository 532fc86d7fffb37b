import { LinearLearner } from '@rung/sdk';
import { type BreastCancer, loadBreastCancer } from '../breast-cancer.ts';
import type { Example } from '../example.ts';
import { histogram } from '../histogram.ts';

/** `counts[actual][predicted]`, 0 benign and 1 malignant. */
type Counts = readonly [readonly [number, number], readonly [number, number]];

export const linearLearnerExample: Example = {
  title: 'linear-learner: is a tumour malignant? 569 patients, 30 measurements of cell nuclei each',
  draws: true,
  async run({ session, fit, deploy, predict }) {
    const { train, validation, heldOut } = await loadBreastCancer();
    const estimator = new LinearLearner({ predictorType: 'binary_classifier', session });
    await fit(estimator, { train, validation }, `Trained linear-learner on ${train.rows.length} patients`);
    const predictor = await deploy(estimator);
    const predictions = await predict(
      predictor,
      () => predictor.predict<{ score: number; predicted_label: number }[]>(heldOut.rows),
      ({ length }) => `Predicted ${length} patients that it never saw`,
    );
    const counts = countPairs(
      heldOut,
      predictions.map((prediction) => prediction.predicted_label),
    );
    const scoresOf = (label: number): number[] =>
      predictions.filter((_, row) => heldOut.labels[row] === label).map(({ score }) => score);
    const accuracy = (counts[0][0] + counts[1][1]) / heldOut.rows.length;
    return {
      quality: accuracy,
      measures: { heldOut: heldOut.rows.length, accuracy, matrix: counts },
      report: report(accuracy, heldOut.rows.length, counts),
      picture: histogram({
        title: 'Scores of patients that linear-learner never saw',
        axis: 'score: how likely malignant',
        kinds: { benign: scoresOf(0), malignant: scoresOf(1) },
      }),
      next: [['npx rung train linear-learner --help', 'train on your own CSV']],
    };
  },
};

function countPairs({ labels }: BreastCancer['heldOut'], predicted: readonly number[]): Counts {
  const count = (actual: number, label: number): number =>
    predicted.filter((value, index) => value === label && labels[index] === actual).length;
  return [
    [count(0, 0), count(0, 1)],
    [count(1, 0), count(1, 1)],
  ];
}

function report(accuracy: number, heldOut: number, [benign, malignant]: Counts): string {
  const cell = (count: number): string => String(count).padStart(9);
  return `Accuracy on ${heldOut} held-out patients: ${(accuracy * 100).toFixed(1)} %

                       predicted
                    benign  malignant
  actual benign  ${cell(benign[0])}  ${cell(benign[1])}
      malignant  ${cell(malignant[0])}  ${cell(malignant[1])}`;
}

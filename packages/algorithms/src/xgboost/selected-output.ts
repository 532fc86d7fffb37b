/** What SAGEMAKER_INFERENCE_OUTPUT selects, as AWS's container of XGBoost answers it. */
import type { PredictionField, Predictions } from '../formats/predictions.ts';
import { ClientError } from '../errors.ts';

const outputNames = [
  'predicted_label',
  'labels',
  'probability',
  'probabilities',
  'raw_score',
  'raw_scores',
  'predicted_score',
] as const;
export type OutputName = (typeof outputNames)[number];

/** E.g. `predicted_label, probabilities`. Thrown when a name is unknown: ClientError. */
export function selectedOutputs(setting: string): readonly OutputName[] {
  return setting
    .replaceAll(' ', '')
    .toLowerCase()
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const known = outputNames.find((candidate) => candidate === name);
      if (known !== undefined) return known;
      throw new ClientError(`SAGEMAKER_INFERENCE_OUTPUT names '${name}'. Known: ${outputNames.join(', ')}`);
    });
}

/** `answers`: rows × width numbers. An output that the objective does not have is NaN. */
export function selectPredictions(
  objective: string,
  answers: Float32Array,
  width: number,
  classes: number,
  names: readonly OutputName[],
): Predictions {
  const rows = answers.length / width;
  const select = columnsOf(objective, answers, width, Math.max(2, classes));
  return { rows, fields: names.map((name) => select[name]?.(name) ?? missing(name, rows)) };
}

type Column = (name: string) => PredictionField;

function columnsOf(
  objective: string,
  answers: Float32Array,
  width: number,
  classes: number,
): Partial<Record<OutputName, Column>> {
  const rows = answers.length / width;
  const itself: Column = (name) => scalar(name, answers);
  const pair: Column = (name) => list(name, 2, Float64Array.from(both(answers)));
  const labels: Column = (name) => ({
    ...list(
      name,
      classes,
      Int32Array.from({ length: rows * classes }, (_, at) => at % classes),
    ),
    kind: 'integer',
  });
  const above =
    (threshold: number): Column =>
    (name) =>
      integer(
        name,
        Int32Array.from(answers, (answer) => (answer > threshold ? 1 : 0)),
      );
  switch (objective) {
    case 'binary:logistic':
      return {
        predicted_label: above(0.5),
        labels,
        probability: itself,
        probabilities: pair,
        raw_score: itself,
        raw_scores: pair,
      };
    case 'binary:logitraw':
      return { predicted_label: above(0), labels, raw_score: itself, raw_scores: pair };
    case 'binary:hinge':
    case 'multi:softmax':
      return { predicted_label: itself, labels, raw_score: itself, raw_scores: pair };
    case 'multi:softprob': {
      const best = bestClasses(answers, width);
      const greatest: Column = (name) =>
        scalar(
          name,
          best.map((at, row) => answers[row * width + at] ?? 0),
        );
      const all: Column = (name) => list(name, width, answers);
      return {
        predicted_label: (name) => integer(name, Int32Array.from(best)),
        labels,
        probability: greatest,
        probabilities: all,
        raw_score: greatest,
        raw_scores: all,
      };
    }
    default:
      return { predicted_score: (name) => (width === 1 ? scalar(name, answers) : list(name, width, answers)) };
  }
}

function bestClasses(answers: Float32Array, width: number): Float32Array {
  return Float32Array.from({ length: answers.length / width }, (_, row) => {
    let best = 0;
    for (let at = 1; at < width; at++)
      if ((answers[row * width + at] ?? 0) > (answers[row * width + best] ?? 0)) best = at;
    return best;
  });
}

function* both(answers: Float32Array): Generator<number> {
  for (const answer of answers) {
    yield 1 - answer;
    yield answer;
  }
}

function missing(name: string, rows: number): PredictionField {
  return scalar(name, new Float32Array(rows).fill(Number.NaN));
}

function scalar(name: string, values: Float32Array): PredictionField {
  return { name, kind: 'float', shape: 'scalar', values };
}

function integer(name: string, values: Int32Array): PredictionField {
  return { name, kind: 'integer', shape: 'scalar', values };
}

function list(name: string, shape: number, values: PredictionField['values']): PredictionField {
  return { name, kind: 'float', shape, values };
}

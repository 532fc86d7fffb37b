/** A trained model, or the models of a cross-validation together: answers requests as AWS's container of XGBoost does. */
import type { ModelFiles, ServingEnvironment } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { Instance } from '../formats/instances.ts';
import { csvType } from '../formats/content-type.ts';
import { predictionRows, type Predictions } from '../formats/predictions.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import type { Model } from '../model.ts';
import { readArtifact } from './artifact.ts';
import type { Booster } from './booster.ts';
import { answersOf, linkOf, outputsOf } from './link.ts';
import { checkWidths, readRequest } from './requests.ts';
import { encodeAnswers, responseType, type CsvForm } from './responses.ts';
import { openScorer } from './scorer.ts';
import { selectedOutputs, selectPredictions } from './selected-output.ts';

/** As {@link xgboostModel}, from the files of an artifact. Thrown when they are no models of XGBoost: ClientError. */
export function loadXgboost(files: ModelFiles, environment: ServingEnvironment): Model {
  return xgboostModel(readArtifact(files), environment);
}

/**
 * Environment: `SAGEMAKER_INFERENCE_ENSEMBLE=false` serves the first of several models only, `SAGEMAKER_INFERENCE_OUTPUT` selects what is answered,
 * `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT` is the content type of answers to requests that name none (default text/csv), `SAGEMAKER_BATCH` ends the
 * last line of CSV too, `RUNG_REPOSITORY=xgboost` puts CSV on one line. Thrown when the models do not fit together: ClientError.
 */
export function xgboostModel(all: readonly Booster[], environment: ServingEnvironment = {}): Model {
  const [first, ...others] = environment['SAGEMAKER_INFERENCE_ENSEMBLE'] === 'false' ? all.slice(0, 1) : all;
  if (first === undefined) throw new ClientError('there is no model');
  checkAlike(first, others);
  const { name } = first.objective;
  const width = outputsOf(first);
  const answer = answerer([first, ...others]);
  const selection = environment['SAGEMAKER_INFERENCE_OUTPUT'];
  const selected = selection === undefined ? undefined : selectedOutputs(selection);
  const form = csvForm(environment);
  const predict = (rows: readonly Instance[]): Predictions => {
    checkWidths(rows, first.numFeature);
    const answers = answer(rows);
    if (selected !== undefined) return selectPredictions(name, answers, width, first.numClass, selected);
    const shape = width === 1 ? ('scalar' as const) : width;
    return { rows: rows.length, fields: [{ name: 'score', kind: 'float', shape, values: answers }] };
  };
  return {
    invoke: ({ contentType, accept, body }) => {
      if (body.length === 0) return { status: 204, contentType: csvType, body: '' };
      const rows = readRequest(contentType, body);
      const type = responseType(accept, environment['SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT']);
      return { contentType: type, body: encodeAnswers(type, predict(rows), { form, quoted: selected !== undefined }) };
    },
    predict: (rows) => {
      if (rows.length === 0) throw new ClientError('there are no rows to predict');
      return predictionRows(predict(rows.map((values) => ({ values }))));
    },
  };
}

function csvForm(environment: ServingEnvironment): CsvForm {
  if ((environment['SAGEMAKER_BATCH'] ?? '') !== '') return 'closed';
  return environment['RUNG_REPOSITORY'] === 'xgboost' ? 'joined' : 'lines';
}

function checkAlike(first: Booster, others: readonly Booster[]): void {
  for (const other of others) {
    if (other.objective.name !== first.objective.name || outputsOf(other) !== outputsOf(first))
      throw new ClientError(`the models of the ensemble differ: ${first.objective.name} and ${other.objective.name}`);
    if (other.numFeature !== first.numFeature)
      throw new ClientError(`the models of the ensemble differ: ${first.numFeature} and ${other.numFeature} features`);
  }
}

/** Several models: the mean of their answers, or what most of them say where the answer is a class. */
function answerer(boosters: readonly Booster[]): (rows: readonly Instance[]) => Float32Array {
  const kernels = openKernels();
  const each = boosters.map((booster) => singleAnswerer(booster, kernels));
  const [only] = each;
  if (only !== undefined && each.length === 1) return only;
  const link = linkOf(boosters[0]?.objective.name ?? '');
  const votes = link === 'class' || link === 'label';
  return (rows) => {
    const answers = each.map((one) => one(rows));
    const own = new Float32Array(answers.length);
    return (answers[0] ?? own).map((_, at) => {
      for (const [model, list] of answers.entries()) own[model] = list[at] ?? 0;
      return votes ? mostFrequent(own) : own.reduce((sum, value) => sum + value, 0) / own.length;
    });
  };
}

/** Early stopping leaves its best round in the attributes; later ones do not count. */
function singleAnswerer(booster: Booster, kernels: Kernels): (rows: readonly Instance[]) => Float32Array {
  const best = Number(booster.attributes['best_iteration'] ?? Number.NaN);
  const score = openScorer(booster, Number.isInteger(best) && best >= 0 ? best + 1 : undefined, kernels);
  return (rows) => answersOf(booster, score(rows));
}

/** The smallest of those that occur most often. */
function mostFrequent(values: Float32Array): number {
  let answer = 0;
  let most = 0;
  for (const value of values.toSorted()) {
    const count = values.reduce((sum, other) => sum + Number(other === value), 0);
    if (count > most) [answer, most] = [value, count];
  }
  return answer;
}

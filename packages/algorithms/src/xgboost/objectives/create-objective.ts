/** Every objective by name. */
import type { ObjectiveName } from '../link.ts';
import { coxGradients } from './cox.ts';
import { objectiveGrain, type GradientTask, type Objective, type ObjectiveSettings } from './objective.ts';
import * as point from './pointwise.ts';
import { rankingGradients } from './ranking.ts';

type Parts = Pick<Objective, 'defaultMetric' | 'gradients' | 'checkLabel'> &
  Partial<Pick<Objective, 'groups' | 'leafQuantile'>> & { readonly parameters: Record<string, Record<string, string>> };

export function createObjective(settings: ObjectiveSettings): Objective {
  const { parameters, ...parts } = partsOf(settings);
  return { name: settings.name, groups: 1, description: { name: settings.name, parameters }, ...parts };
}

function partsOf(settings: ObjectiveSettings): Parts {
  const { name } = settings;
  const positive = { reg_loss_param: { scale_pos_weight: shown(settings.scalePosWeight) } };
  switch (name) {
    case 'reg:squarederror':
    case 'reg:linear':
      return {
        defaultMetric: 'rmse',
        gradients: byKernel('squared_error', settings.scalePosWeight),
        checkLabel: any,
        parameters: positive,
      };
    case 'reg:logistic':
    case 'binary:logistic':
    case 'binary:logitraw':
      return {
        defaultMetric: name === 'reg:logistic' ? 'rmse' : 'logloss',
        gradients: byKernel('logistic', settings.scalePosWeight),
        checkLabel: within(0, 1, `a number from 0 to 1 for ${name}`),
        parameters: positive,
      };
    case 'reg:squaredlogerror':
      return {
        defaultMetric: 'rmsle',
        gradients: point.pointwise(point.squaredLogError),
        checkLabel: (label) => (label > -1 ? undefined : wrong(label, `greater than -1 for ${name}`)),
        parameters: positive,
      };
    case 'reg:pseudohubererror':
      return {
        defaultMetric: 'mphe',
        gradients: point.pointwise(point.pseudoHuber),
        checkLabel: any,
        parameters: { pseudo_huber_param: { huber_slope: '1' } },
      };
    case 'reg:absoluteerror':
      return {
        defaultMetric: 'mae',
        gradients: point.pointwise(point.absoluteError),
        checkLabel: any,
        leafQuantile: 0.5,
        parameters: {},
      };
    case 'binary:hinge':
      return {
        defaultMetric: 'error',
        gradients: point.pointwise(point.hinge),
        checkLabel: (label) => (label === 0 || label === 1 ? undefined : wrong(label, `0 or 1 for ${name}`)),
        parameters: {},
      };
    case 'count:poisson':
      return {
        defaultMetric: 'poisson-nloglik',
        gradients: point.pointwise(point.poisson(settings)),
        checkLabel: within(0, Number.POSITIVE_INFINITY, `0 or greater for ${name}`),
        parameters: { poisson_regression_param: { max_delta_step: shown(settings.maxDeltaStep) } },
      };
    case 'reg:gamma':
      return {
        defaultMetric: 'gamma-deviance',
        gradients: point.pointwise(point.gamma),
        checkLabel: (label) => (label > 0 ? undefined : wrong(label, `greater than 0 for ${name}`)),
        parameters: positive,
      };
    case 'reg:tweedie':
      return {
        defaultMetric: `tweedie-nloglik@${settings.tweedieVariancePower}`,
        gradients: point.pointwise(point.tweedie(settings)),
        checkLabel: within(0, Number.POSITIVE_INFINITY, `0 or greater for ${name}`),
        parameters: { tweedie_regression_param: { tweedie_variance_power: shown(settings.tweedieVariancePower) } },
      };
    case 'survival:cox':
      return { defaultMetric: 'cox-nloglik', gradients: coxGradients, checkLabel: any, parameters: {} };
    case 'survival:aft':
      return {
        defaultMetric: 'aft-nloglik',
        gradients: point.pointwise(point.failureTime),
        checkLabel: (label) => (label > 0 ? undefined : wrong(label, `greater than 0 for ${name}`)),
        parameters: { aft_loss_param: { aft_loss_distribution: 'normal', aft_loss_distribution_scale: '1' } },
      };
    case 'multi:softmax':
    case 'multi:softprob':
      return {
        groups: settings.numClass,
        defaultMetric: 'mlogloss',
        gradients: softmax(settings.numClass),
        checkLabel: (label) =>
          Number.isInteger(label) && label >= 0 && label < settings.numClass
            ? undefined
            : wrong(
                label,
                `a whole number from 0 to ${settings.numClass - 1}, because num_class is ${settings.numClass}`,
              ),
        parameters: { softmax_multiclass_param: { num_class: String(settings.numClass) } },
      };
    case 'rank:pairwise':
    case 'rank:ndcg':
    case 'rank:map':
      return ranking(name);
    case 'reg:quantileerror':
    case 'reg:expectileerror':
      throw new RangeError(`objective ${name} is read from models, and not trained`);
  }
}

const rankingLosses = { 'rank:pairwise': 'pairwise', 'rank:ndcg': 'ndcg', 'rank:map': 'map' } as const;

function ranking(name: keyof typeof rankingLosses): Parts {
  const binary = name === 'rank:map';
  return {
    defaultMetric: binary ? 'map' : 'ndcg',
    gradients: rankingGradients(rankingLosses[name]),
    checkLabel: (label) => {
      if (binary) return label === 0 || label === 1 ? undefined : wrong(label, `0 or 1 for ${name}`);
      return Number.isInteger(label) && label >= 0 && label < 32
        ? undefined
        : wrong(label, `a whole number from 0 to 31 for ${name}`);
    },
    parameters: {
      lambdarank_param: {
        lambdarank_bias_norm: '1',
        lambdarank_normalization: '1',
        lambdarank_num_pair_per_sample: '4294967295',
        lambdarank_pair_method: 'topk',
        lambdarank_score_normalization: '1',
        lambdarank_unbiased: '0',
        ndcg_exp_gain: '1',
      },
    },
  };
}

function byKernel(kernel: 'squared_error' | 'logistic', positive: number): (task: GradientTask) => void {
  return ({ kernels, data, margins, gradients }) => {
    kernels.pool.parallel('gradients', kernel, { items: data.labels.values.length, grain: objectiveGrain }, [
      margins.pointer,
      data.labels.pointer,
      data.weights?.pointer ?? 0,
      positive,
      gradients.pointer,
    ]);
  };
}

function softmax(groups: number): (task: GradientTask) => void {
  return ({ kernels, data, margins, gradients }) => {
    const rows = data.labels.values.length;
    kernels.pool.parallel('gradients', 'softmax', { items: rows, grain: objectiveGrain }, [
      margins.pointer,
      data.labels.pointer,
      data.weights?.pointer ?? 0,
      groups,
      rows,
      gradients.pointer,
    ]);
  };
}

function any(): undefined {
  return undefined;
}

function within(least: number, most: number, expected: string): Objective['checkLabel'] {
  return (label) => (label >= least && label <= most ? undefined : wrong(label, expected));
}

function wrong(label: number, expected: string): string {
  return `the label is ${label}, and must be ${expected}`;
}

/** As XGBoost writes 32-bit parameters. */
function shown(value: number): string {
  return String(Number(Math.fround(value).toPrecision(9)));
}

/** Objectives that can be trained; others are only read. */
export const trainedObjectives = [
  'reg:squarederror',
  'reg:squaredlogerror',
  'reg:logistic',
  'reg:pseudohubererror',
  'reg:absoluteerror',
  'reg:linear',
  'binary:logistic',
  'binary:logitraw',
  'binary:hinge',
  'count:poisson',
  'survival:cox',
  'survival:aft',
  'multi:softmax',
  'multi:softprob',
  'rank:pairwise',
  'rank:ndcg',
  'rank:map',
  'reg:gamma',
  'reg:tweedie',
] as const satisfies readonly ObjectiveName[];

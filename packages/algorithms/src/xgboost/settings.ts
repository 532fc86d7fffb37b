/** Hyperparameters compiled once to what training works with. */
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { hyperparameters } from './hyperparameters.ts';
import { createMetric, metricNames } from './metrics/create-metric.ts';
import { nearest } from '../hyperparameters/nearest-name.ts';
import type { ObjectiveSettings } from './objectives/objective.ts';
import type { TreeSettings } from './tree-settings.ts';

export type XgboostHyperparameters = HyperparametersOf<typeof hyperparameters>;

/** XGBoost's names of what a feature may be. */
const featureTypes = ['q', 'c', 'int', 'float', 'i'];
const categoryType = 'c';

/** What XGBoost takes for count:poisson where nothing is given. */
const poissonStep = 0.7;

/** The first thing that is wrong beside single values, in words. */
export function problemOf(values: XgboostHyperparameters): string | undefined {
  const { objective, num_class: classes, base_score: base, booster } = values;
  const many = objective.startsWith('multi:');
  if (many && classes === undefined) return `'num_class' is a required property when objective is '${objective}'`;
  if (!many && classes !== undefined)
    return `'num_class' is for multi:softmax and multi:softprob, and objective is '${objective}'`;
  const logistic = ['binary:logistic', 'reg:logistic'].includes(objective);
  if (logistic && (base <= 0 || base >= 1))
    return `base_score is ${base}, and must be greater than 0 and less than 1 for ${objective}`;
  const positive = ['count:poisson', 'reg:gamma', 'reg:tweedie', 'survival:cox', 'survival:aft'].includes(objective);
  if (positive && base <= 0) return `base_score is ${base}, and must be greater than 0 for ${objective}`;
  if (values.dsplit === 'col') return "dsplit 'col' is not supported: use row";
  if (
    values.max_depth === 0 &&
    values.max_leaves === 0 &&
    values.grow_policy === 'depthwise' &&
    booster !== 'gblinear' &&
    values.tree_method === 'exact'
  )
    return 'max_depth 0 is no limit, which tree_method exact does not allow';
  if (booster === 'gblinear' && objective === 'reg:absoluteerror')
    return "objective 'reg:absoluteerror' needs trees: use booster gbtree or dart";
  if (values.process_type === 'update' && booster === 'gblinear')
    return "process_type 'update' is for trees, and booster is 'gblinear'";
  if (values.process_type === 'update' && !/refresh|prune/.test(values.updater ?? ''))
    return "process_type 'update' needs updater refresh or prune";
  return (
    typeProblem(values) ??
    interactionProblem(values.interaction_constraints) ??
    updaterProblem(values) ??
    metricProblem(values)
  );
}

export function treeSettings(values: XgboostHyperparameters): TreeSettings {
  return {
    method: methodOf(values),
    eta: values.eta ?? (values.booster === 'gblinear' ? 0.5 : 0.3),
    lambda: values.lambda ?? (values.booster === 'gblinear' ? 0 : 1),
    alpha: values.alpha,
    gamma: values.gamma,
    minChildWeight: values.min_child_weight,
    maxDeltaStep: stepOf(values),
    maxDepth: values.max_depth,
    maxLeaves: values.max_leaves,
    maxBin: values.max_bin,
    growPolicy: values.grow_policy,
    subsample: values.subsample,
    colsampleByTree: values.colsample_bytree,
    colsampleByLevel: values.colsample_bylevel,
    colsampleByNode: values.colsample_bynode,
    monotone: (values.monotone_constraints?.match(/-?\d/g) ?? []).map(Number),
    interactions: interactionsOf(values.interaction_constraints) ?? [],
    categorical: featureTypesOf(values).flatMap((type, feature) => (type === categoryType ? [feature] : [])),
    maxCatToOnehot: values.max_cat_to_onehot,
    maxCatThreshold: values.max_cat_threshold,
  };
}

export function objectiveSettings(values: XgboostHyperparameters): ObjectiveSettings {
  return {
    name: values.objective === 'reg:linear' ? 'reg:squarederror' : values.objective,
    numClass: values.num_class ?? 0,
    scalePosWeight: values.scale_pos_weight,
    maxDeltaStep: stepOf(values),
    tweedieVariancePower: values.tweedie_variance_power,
  };
}

/** One per feature, or none. */
export function featureTypesOf({ feature_types: text }: XgboostHyperparameters): string[] {
  return metricNamesOf(text);
}

/** Names as they were given; empty where the objective's own metric is meant. */
export function metricNamesOf(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .replaceAll(/["'[\]\s]/g, '')
    .split(',')
    .filter((name) => name !== '');
}

function stepOf({ objective, max_delta_step: step }: XgboostHyperparameters): number {
  return objective === 'count:poisson' && step === 0 ? poissonStep : step;
}

const growers: Readonly<Record<string, TreeSettings['method']>> = {
  grow_colmaker: 'exact',
  grow_histmaker: 'approx',
  grow_quantile_histmaker: 'hist',
  grow_fast_histmaker: 'hist',
  grow_gpu_hist: 'hist',
  grow_gpu: 'hist',
  grow_skmaker: 'approx',
  grow_local_histmaker: 'approx',
  distcol: 'exact',
};
const otherUpdaters = ['prune', 'refresh', 'sync', 'shotgun', 'coord_descent'];

function methodOf({ tree_method: method, updater }: XgboostHyperparameters): TreeSettings['method'] {
  const grower = metricNamesOf(updater).find((name) => Object.hasOwn(growers, name));
  if (grower !== undefined && method === 'auto') return growers[grower] ?? 'hist';
  return method === 'exact' || method === 'approx' ? method : 'hist';
}

function typeProblem(values: XgboostHyperparameters): string | undefined {
  const types = featureTypesOf(values);
  const unknown = types.findIndex((type) => !featureTypes.includes(type));
  if (unknown >= 0)
    return `feature_types has '${types[unknown]}' for feature ${unknown}; there are ${featureTypes.join(', ')}`;
  if (!types.includes(categoryType)) return undefined;
  if (!values.enable_categorical) return "enable_categorical is false, and feature_types has 'c'";
  if (values.booster === 'gblinear') return "booster 'gblinear' has no categories, and feature_types has 'c'";
  if (methodOf(values) === 'exact') return "tree_method 'exact' has no categories, and feature_types has 'c': use hist";
  return undefined;
}

function updaterProblem({ updater, booster }: XgboostHyperparameters): string | undefined {
  for (const name of metricNamesOf(updater)) {
    const linear = name === 'shotgun' || name === 'coord_descent';
    if (!Object.hasOwn(growers, name) && !otherUpdaters.includes(name))
      return `updater '${name}' is not known; there are ${[...Object.keys(growers), ...otherUpdaters].join(', ')}`;
    if (linear !== (booster === 'gblinear')) return `updater '${name}' is not for booster '${booster}'`;
  }
  return undefined;
}

function metricProblem({ eval_metric: text, num_class: classes = 0 }: XgboostHyperparameters): string | undefined {
  for (const name of metricNamesOf(text)) {
    if (createMetric(name, classes) === undefined) {
      const close = nearest(name, metricNames);
      return `eval_metric '${name}' is not known${close === undefined ? '' : `; did you mean '${close}'?`} There are ${metricNames.join(', ')}`;
    }
    if ((name === 'merror' || name === 'mlogloss') && classes === 0)
      return `eval_metric '${name}' is for multi:softmax and multi:softprob`;
  }
  return undefined;
}

function interactionProblem(text: string | undefined): string | undefined {
  if (text === undefined || interactionsOf(text) !== undefined) return undefined;
  return `interaction_constraints '${text}' must be a list of lists of feature numbers, e.g. [[0,1],[2,3]]`;
}

function interactionsOf(text: string | undefined): number[][] | undefined {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return undefined;
    const lists = value.map((list: unknown) => (Array.isArray(list) ? list.map(Number) : []));
    return lists.every((list) => list.length > 0 && list.every((feature) => Number.isInteger(feature) && feature >= 0))
      ? lists
      : undefined;
  } catch {
    // Not JSON: the caller says what is allowed.
    return undefined;
  }
}

/** Compiles hyperparameters and what the first rows show to complete settings: no `auto` is left. */
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { hyperparameters as table } from './hyperparameters.ts';
import { curvature, kernelNumber, lossesOf, parameterIsError, type Loss, type Predictor } from './losses.ts';

export type LinearHyperparameters = HyperparametersOf<typeof table>;

/** What one of the models learns with. */
export interface ModelSettings {
  readonly rate: number;
  readonly l2: number;
  readonly l1: number;
  /** Of rows with label 1. */
  readonly positiveWeight: number;
}

export interface LinearSettings {
  readonly predictor: Predictor;
  readonly loss: Loss;
  readonly lossNumber: number;
  /** Margin, quantile, insensitivity or delta: what the loss needs, in normalised units. */
  readonly lossParameter: number;
  /** Outputs per model: 1, or the number of classes. */
  readonly outputs: number;
  readonly models: readonly ModelSettings[];
  readonly optimizer: (typeof optimizers)[number];
  readonly beta1: number;
  readonly beta2: number;
  readonly useBias: boolean;
  readonly biasRate: number;
  readonly biasDecay: number;
  /** Weight of a row by its class; all 1 unless classes are balanced. */
  readonly classWeights: Float32Array;
  /** Rows per update at most. */
  readonly batchRows: number;
}

/** What the first rows of the training data show, of all hosts together. */
export interface FirstRows {
  readonly rows: number;
  /** Of the host that has most: by them go the updates. */
  readonly hostRows: number;
  readonly columns: number;
  /** Whether there are no more rows than these. */
  readonly isAll: boolean;
  /** Rows of each label; none for a regressor. */
  readonly labelCounts: Float64Array;
  /** Normalised labels are the given ones times this. */
  readonly labelFactor: number;
}

const optimizers = ['sgd', 'adam', 'rmsprop'] as const;

const fewestUpdates = 20;
const smallestBatch = 16;
const mostModels = 32;
const slowestRate = 0.01;
const fastestRate = 0.1;
/** How far adam and rmsprop could move a weight if the rate did not fall. */
const travel = 60;
/** Weights of all models together that `num_models=auto` stays below. */
const mostWeights = 8_388_608;

export function compileSettings(given: LinearHyperparameters, first: FirstRows): LinearSettings {
  const predictor = given.predictor_type;
  const loss = lossOf(given);
  const outputs = predictor === 'multiclass_classifier' ? (given.num_classes ?? 3) : 1;
  const optimizer = given.optimizer === 'auto' ? 'adam' : given.optimizer;
  const mostRows = first.isAll ? Math.max(smallestBatch, Math.floor(first.hostRows / fewestUpdates)) : first.hostRows;
  const batchRows = Math.min(given.mini_batch_size, mostRows);
  const automatic = Math.floor(mostWeights / ((first.columns + 1) * Math.ceil(outputs / 4) * 4)) || 1;
  const count = given.num_models === 'auto' ? Math.min(mostModels, automatic) : given.num_models;
  return {
    predictor,
    loss,
    lossNumber: kernelNumber(loss),
    lossParameter: lossParameter(given, loss, first.labelFactor),
    outputs,
    models: modelSettings(given, first, { loss, optimizer, batchRows, count }),
    optimizer,
    beta1: optimizer === 'sgd' ? orElse(given.momentum, 0.9) : orElse(given.beta_1, 0.9),
    beta2: orElse(given.beta_2, optimizer === 'adam' ? 0.999 : 0.9),
    useBias: given.use_bias,
    biasRate: given.use_bias ? orElse(given.bias_lr_mult, 1) : 0,
    biasDecay: orElse(given.bias_wd_mult, 0),
    classWeights: classWeights(given, outputs, first),
    batchRows,
  };
}

/** What the kernels know an optimizer by. */
export function optimizerNumber(optimizer: LinearSettings['optimizer']): number {
  return optimizers.indexOf(optimizer);
}

function lossOf({ predictor_type: predictor, loss }: LinearHyperparameters): Loss {
  const [usual = 'logistic'] = lossesOf(predictor);
  return loss === 'auto' ? usual : loss;
}

/** The first model has what is given; the others vary the learning rate first, then both regularisations. */
function modelSettings(
  given: LinearHyperparameters,
  first: FirstRows,
  { count, ...plan }: Pick<LinearSettings, 'loss' | 'optimizer' | 'batchRows'> & { readonly count: number },
): ModelSettings[] {
  const rate = orElse(given.learning_rate, automaticRate(given, first, plan));
  const l2 = orElse(given.wd, Math.max(1e-5, 1 / first.rows));
  const l1s = given.l1 === 'auto' ? [0, l2 / 10] : [given.l1, given.l1 * 10];
  const rates = given.learning_rate === 'auto' ? [1, 0.2, 3, 0.5] : [1, 2, 0.5, 4];
  const decays = [1, 10, 0.1, 100];
  const positives = positiveWeights(given, first);
  return Array.from({ length: count }, (_, index) => ({
    rate: rate * pick(rates, index),
    l2: l2 * pick(decays, Math.floor(index / 4)),
    l1: pick(l1s, Math.floor(index / 16)),
    positiveWeight: pick(positives, index),
  }));
}

/**
 * sgd is stable below 2 / curvature, and on normalised features the curvature is at most that of the loss times their number. The steps of adam
 * and rmsprop are about as long as the rate: the fewer updates there are, the longer they must be to get anywhere.
 */
function automaticRate(
  { epochs }: LinearHyperparameters,
  { hostRows, columns }: FirstRows,
  { loss, optimizer, batchRows }: Pick<LinearSettings, 'loss' | 'optimizer' | 'batchRows'>,
): number {
  if (optimizer === 'sgd') return 0.5 / (curvature(loss) * (columns + 1));
  const updates = epochs * Math.ceil(hostRows / batchRows);
  return Math.min(fastestRate, Math.max(slowestRate, travel / updates));
}

function positiveWeights(given: LinearHyperparameters, { labelCounts }: FirstRows): readonly number[] {
  const weight = given.positive_example_weight_mult;
  if (given.predictor_type !== 'binary_classifier') return [1];
  if (typeof weight === 'number') return [weight];
  const [negatives = 0, positives = 0] = labelCounts;
  const ratio = positives === 0 || negatives === 0 ? 1 : negatives / positives;
  return weight === 'balanced' ? [ratio] : [1, Math.sqrt(ratio), ratio];
}

function classWeights(
  given: LinearHyperparameters,
  outputs: number,
  { rows, labelCounts: counts }: FirstRows,
): Float32Array {
  const weights = new Float32Array(outputs).fill(1);
  if (given.predictor_type !== 'multiclass_classifier' || !given.balance_multiclass_weights) return weights;
  const seen = counts.filter((count) => count > 0).length;
  // A class that the first rows do not show is rare: it weighs as if it had been there once.
  return weights.map((_, label) => rows / (seen * Math.max(1, counts[label] ?? 0)));
}

function lossParameter(given: LinearHyperparameters, loss: Loss, labelFactor: number): number {
  const unit = parameterIsError(loss) ? labelFactor : 1;
  switch (loss) {
    case 'hinge_loss':
      return given.margin;
    case 'quantile_loss':
      return given.quantile;
    case 'huber_loss':
      return given.huber_delta * unit;
    case 'eps_insensitive_absolute_loss':
    case 'eps_insensitive_squared_loss':
      return given.loss_insensitivity * unit;
    case 'logistic':
    case 'softmax_loss':
    case 'squared_loss':
    case 'absolute_loss':
      return 0;
  }
}

function orElse(value: number | 'auto', automatic: number): number {
  return value === 'auto' ? automatic : value;
}

function pick(list: readonly number[], index: number): number {
  return list[index % list.length] ?? 1;
}

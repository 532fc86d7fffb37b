/** Trains one model, round by round: boosts, measures, writes a log line, and stops early. */
import { setImmediate as turn } from 'node:timers/promises';
import { AlgorithmError } from '../errors.ts';
import type { TrainContext } from '../program/train-context.ts';
import { roundsOf, type Booster, type Ensemble } from './booster.ts';
import type { Boosting, BoostingTask } from './boosting.ts';
import { EarlyStopping } from './early-stopping.ts';
import { LinearBoosting } from './linear-boosting.ts';
import { Evaluation } from './evaluation.ts';
import { baseMargins } from './link.ts';
import type { DataSet } from './matrix.ts';
import { createMetric } from './metrics/create-metric.ts';
import type { Metric } from './metrics/metric.ts';
import { createObjective } from './objectives/create-objective.ts';
import {
  featureTypesOf,
  metricNamesOf,
  objectiveSettings,
  treeSettings,
  type XgboostHyperparameters,
} from './settings.ts';
import { TreeBoosting } from './tree-boosting.ts';
import { TreeUpdating } from './tree-updating.ts';

export interface RoundsTask {
  readonly context: TrainContext<XgboostHyperparameters>;
  readonly train: DataSet;
  readonly validation: DataSet | undefined;
  /** A model to go on from. */
  readonly start: Booster | undefined;
  /** Called with the model after each round, if it is to be kept. */
  readonly keep: ((booster: () => Booster, round: number) => Promise<void>) | undefined;
}

export interface TrainedBooster {
  readonly booster: Booster;
  /** Metrics of the round that counts, e.g. `validation-rmse`. */
  readonly scores: ReadonlyMap<string, number>;
}

export async function boostRounds(task: RoundsTask): Promise<TrainedBooster> {
  const { context, train, validation, start } = task;
  const { hyperparameters: values, kernels, collective, log, stopping } = context;
  const objective = createObjective(objectiveSettings(values));
  const empty = emptyBooster(values, objective.description, objective.groups, train.matrix.columns);
  const boosting = createBoosting(values, start?.ensemble, {
    kernels,
    collective,
    objective,
    settings: treeSettings(values),
    seed: values.seed === 0 ? context.seed : values.seed,
    baseMargins: baseMargins(empty),
    train,
    others: validation === undefined ? [] : [validation],
  });
  const named = metricNamesOf(values.eval_metric);
  const metrics = (named.length > 0 ? named : [objective.defaultMetric]).flatMap(
    (name) => createMetric(name, values.num_class ?? 0) ?? [],
  );
  const evaluated = boosting.scored.map(({ data, margins }, index) => ({
    name: index === 0 ? 'train' : 'validation',
    evaluation: new Evaluation({ kernels, objective, data, margins }),
  }));
  const early = earlyStopping(values.early_stopping_rounds, metrics, start, validation !== undefined);
  const booster = (): Booster => ({
    ...empty,
    ensemble: boosting.ensemble,
    attributes:
      early?.best === undefined
        ? {}
        : { best_iteration: String(early.best.round), best_score: String(early.best.score) },
  });
  let scores = new Map<string, number>();
  const first = values.process_type === 'update' ? 0 : start === undefined ? 0 : roundsOf(start.ensemble);
  const began = log.elapsed();
  let rounds = 0;
  // What is stopped early is not gone on with.
  const ended =
    start !== undefined &&
    early?.best !== undefined &&
    first - 1 - early.best.round >= (values.early_stopping_rounds ?? 0);
  for (let round = ended ? values.num_round : first; round < values.num_round; round++) {
    // Lets signals through.
    await turn();
    const stop = Float64Array.of(stopping.aborted ? 1 : 0);
    await collective.sum(stop);
    if ((stop[0] ?? 0) > 0) break;
    await boosting.boost(round);
    rounds++;
    scores = new Map();
    for (const { name, evaluation } of evaluated) {
      const measured = await evaluation.measure(metrics, collective);
      for (const [index, metric] of metrics.entries())
        scores.set(`${name}-${metric.name}`, measured[index] ?? Number.NaN);
    }
    const line = [...scores].map(([name, score]) => `#011${name}:${score.toFixed(5)}`).join('');
    if (collective.rank === 0) log.info(`[${round}]${line}`);
    const last = [...scores.values()].at(-1) ?? 0;
    if (!scores.values().every((score) => !Number.isNaN(score)))
      throw new AlgorithmError(
        `after round ${round} a metric is not a number (${line}): check the data for extreme values, or lower eta`,
      );
    const stops = early?.judge(round, last) === true;
    await task.keep?.(booster, round);
    if (stops) break;
  }
  log.throughput(rounds * train.matrix.rows, (log.elapsed() - began) / 1000);
  log.progress(values.num_round, values.num_round);
  const whole = booster();
  for (const { evaluation } of evaluated) evaluation.release();
  boosting.release();
  return {
    booster:
      early?.best === undefined ? whole : { ...whole, ensemble: firstRounds(whole.ensemble, early.best.round + 1) },
    scores,
  };
}

function createBoosting(values: XgboostHyperparameters, start: Ensemble | undefined, task: BoostingTask): Boosting {
  if (values.booster === 'gblinear')
    return new LinearBoosting({ ...task, start: start?.kind === 'gblinear' ? start : undefined });
  const trees = start === undefined || start.kind === 'gblinear' ? undefined : start;
  if (values.process_type === 'update' && trees !== undefined)
    return new TreeUpdating({
      ...task,
      start: trees,
      refreshes: metricNamesOf(values.updater).includes('refresh'),
      refreshesLeaves: values.refresh_leaf === 1,
      prunes: metricNamesOf(values.updater).includes('prune'),
    });
  const drop = {
    sampleType: values.sample_type,
    normalizeType: values.normalize_type,
    rateDrop: values.rate_drop,
    oneDrop: values.one_drop === 1,
    skipDrop: values.skip_drop,
  };
  return new TreeBoosting({ ...task, start: trees, drop: values.booster === 'dart' ? drop : undefined });
}

function earlyStopping(
  patience: number | undefined,
  metrics: readonly Metric[],
  start: Booster | undefined,
  hasValidation: boolean,
): EarlyStopping | undefined {
  if (patience === undefined || !hasValidation) return undefined;
  const round = Number(start?.attributes['best_iteration'] ?? Number.NaN);
  const score = Number(start?.attributes['best_score'] ?? Number.NaN);
  const best = Number.isInteger(round) && !Number.isNaN(score) ? { round, score } : undefined;
  return new EarlyStopping(patience, metrics.at(-1)?.maximize === true, best);
}

function emptyBooster(
  values: XgboostHyperparameters,
  objective: Booster['objective'],
  groups: number,
  columns: number,
): Booster {
  return {
    objective,
    baseScore: new Float32Array(groups).fill(values.base_score),
    numFeature: columns,
    numClass: groups > 1 ? groups : 0,
    attributes: {},
    featureNames: [],
    featureTypes: featureTypesOf(values),
    ensemble: { kind: 'gblinear', weights: new Float32Array(0), boostedRounds: 0 },
  };
}

function firstRounds(ensemble: Ensemble, rounds: number): Ensemble {
  if (ensemble.kind === 'gblinear') return ensemble;
  const trees = ensemble.iterationStarts[rounds] ?? ensemble.trees.length;
  return {
    ...ensemble,
    trees: ensemble.trees.slice(0, trees),
    treeGroups: ensemble.treeGroups.slice(0, trees),
    iterationStarts: ensemble.iterationStarts.slice(0, rounds + 1),
    weightDrop: ensemble.weightDrop.slice(0, trees),
  };
}

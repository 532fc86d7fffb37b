/** Reads the data into memory, boosts, and saves the model; or one model per fold of a cross validation. */
import { ClientError } from '../errors.ts';
import type { TrainContext } from '../program/train-context.ts';
import { writeArtifact } from './artifact.ts';
import { boostRounds } from './boost-rounds.ts';
import { roundsOf } from './booster.ts';
import { crossValidate } from './cross-validation.ts';
import { withColumns } from './matrix-forms.ts';
import type { DataSet } from './matrix.ts';
import { createObjective } from './objectives/create-objective.ts';
import { readData } from './read-data.ts';
import { keepRound, loadRound } from './round-checkpoints.ts';
import { featureTypesOf, objectiveSettings, treeSettings, type XgboostHyperparameters } from './settings.ts';

export async function train(context: TrainContext<XgboostHyperparameters>): Promise<void> {
  const { hyperparameters, collective } = context;
  const rows = await readTrainingRows(context);
  const validation = await read(context, 'validation', rows.matrix.kind === 'dense' ? rows.matrix.columns : undefined);
  if (hyperparameters._kfold !== undefined) {
    await context.saveModel(writeArtifact(await crossValidate(context, rows, validation)));
    return;
  }
  const start = await loadRound(context);
  if (hyperparameters.process_type === 'update' && start === undefined)
    throw new ClientError(
      "process_type 'update' needs a model to update: give the job a CheckpointConfig whose folder holds xgboost-checkpoint.N",
    );
  const { booster } = await boostRounds({
    context,
    train: rows,
    validation,
    start,
    keep:
      context.checkpoints.folder === undefined && collective.rank === 0
        ? undefined
        : (model, round) => keepRound(context, model, round),
  });
  if (roundsOf(booster.ensemble) > 0) await context.saveModel(writeArtifact([booster]));
}

/** All hosts agree on the number of features. */
async function readTrainingRows(context: TrainContext<XgboostHyperparameters>): Promise<DataSet> {
  const { collective, hyperparameters } = context;
  const rows = await read(context, 'train', undefined);
  if (rows === undefined) throw new ClientError("channel 'train' is required");
  const own = new Uint8Array(Float64Array.of(rows.matrix.columns, rows.matrix.kind === 'dense' ? 1 : 0).buffer);
  const all = (await collective.gather(own)).map((bytes) => new Float64Array(new Uint8Array(bytes).buffer));
  const columns = Math.max(...all.map(([count = 0]) => count));
  if (all.some(([count = 0, dense = 0]) => dense === 1 && count !== columns))
    throw new ClientError(
      `the hosts' rows have different numbers of features: ${all.map(([count]) => count).join(', ')}`,
    );
  if (columns === 0) throw new ClientError('channel train: its rows have no features');
  const constrained = hyperparameters.monotone_constraints?.match(/-?\d/g)?.length ?? 0;
  if (constrained > columns)
    throw new ClientError(`monotone_constraints has ${constrained} numbers, and the rows have ${columns} features`);
  const types = featureTypesOf(hyperparameters).length;
  if (types > 0 && types !== columns)
    throw new ClientError(`feature_types has ${types} types, and the rows have ${columns} features`);
  return { ...rows, matrix: withColumns(rows.matrix, columns) };
}

async function read(
  context: TrainContext<XgboostHyperparameters>,
  name: string,
  columns: number | undefined,
): Promise<DataSet | undefined> {
  const { hyperparameters, kernels } = context;
  const channel = context.channel(name);
  if (channel === undefined) return undefined;
  const objective = createObjective(objectiveSettings(hyperparameters));
  return readData(kernels, channel, {
    csvWeights: hyperparameters.csv_weights === 1,
    checkLabel: (label) => objective.checkLabel(label),
    columns,
    categorical: treeSettings(hyperparameters).categorical,
    ranking: hyperparameters.objective.startsWith('rank:'),
  });
}

/** Streams the data once per epoch through all models, stops those that learn no more, chooses the best and measures it. */
import { BatchedData, type Batch } from '../data/batched-data.ts';
import { AlgorithmError, ClientError } from '../errors.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { labelSizeOf } from '../formats/content-type.ts';
import { chunkRows } from './chunk-rows.ts';
import { EarlyStopping } from './early-stopping.ts';
import { evaluate } from './evaluate.ts';
import { labelCheck } from './labels.ts';
import { labelPower } from './losses.ts';
import { selectModel } from './select-model.ts';
import type { LinearContext } from './train-context.ts';
import { Trainer } from './trainer.ts';
import { writeArtifact } from './artifact.ts';

export async function train(context: LinearContext): Promise<void> {
  const { hyperparameters, stopping, log } = context;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  let trainer: Trainer | undefined;
  const data = openData(context, channel, hyperparameters.feature_dim, (batch) =>
    (trainer ??= new Trainer(context, batch)).prepare(batch),
  );
  let validation: BatchedData | undefined;
  let early: EarlyStopping | undefined;
  for (let epoch = 0; epoch < hyperparameters.epochs && !stopping.aborted; epoch++) {
    const started = log.elapsed();
    for await (const chunk of data.epoch()) {
      trainer?.learn(chunk);
      if (stopping.aborted) break;
    }
    if (trainer === undefined) break;
    const { settings, scaler } = trainer;
    const { losses, rows } = trainer.endEpoch();
    const unit = scaler.labelFactor ** -labelPower(settings.loss);
    log.quality('train', 'objective_loss', least(losses) * unit, { epoch });
    validation ??= openValidation(context, trainer);
    const judged = validation === undefined || stopping.aborted ? losses : await trainer.meanLosses(validation);
    if (judged !== losses) log.quality('validation', 'objective_loss', least(judged) * unit, { epoch });
    if (!judged.some(Number.isFinite))
      throw new AlgorithmError(
        'the loss of every model is no longer a finite number: lower learning_rate, or check the data for extreme values',
      );
    early ??= new EarlyStopping({
      models: settings.models.length,
      patience: hyperparameters.early_stopping_patience,
      tolerance: hyperparameters.early_stopping_tolerance,
    });
    trainer.judge(early, judged, validation !== undefined);
    log.throughput(rows, (log.elapsed() - started) / 1000);
    log.progress(early.allStopped ? hyperparameters.epochs : epoch + 1, hyperparameters.epochs);
    if (early.allStopped) break;
  }
  data.release();
  if (trainer === undefined) return;
  await finish(context, trainer, validation);
}

async function finish(context: LinearContext, trainer: Trainer, validation: BatchedData | undefined): Promise<void> {
  const { settings, scaler, learner } = trainer;
  learner.restoreKept();
  const held = validation !== undefined && !context.stopping.aborted ? validation : trainer.sample;
  const chosen = await selectModel(context, trainer, held);
  const parameters = learner.parameters(chosen.model);
  await context.saveModel(
    writeArtifact({
      predictor: settings.predictor,
      loss: settings.loss,
      threshold: settings.loss === 'logistic' ? 1 / (1 + Math.exp(-chosen.threshold)) : chosen.threshold,
      outputs: settings.outputs,
      columns: trainer.columns,
      ...scaler.restore(parameters.weights, parameters.biases),
    }),
  );
  if (context.stopping.aborted) return;
  if (validation !== undefined) await evaluate(context, trainer, 'validation', validation, chosen);
  validation?.release();
  const test = context.channel('test');
  if (test === undefined) return;
  const data = openData(context, test, trainer.columns, (batch) => scaler.apply(batch), false);
  await evaluate(context, trainer, 'test', data, chosen);
}

function openValidation(context: LinearContext, trainer: Trainer): BatchedData | undefined {
  const channel = context.channel('validation');
  if (channel === undefined) return undefined;
  return openData(context, channel, trainer.columns, (batch) => trainer.scaler.apply(batch));
}

function openData(
  { kernels, hyperparameters }: LinearContext,
  channel: DataChannel,
  columns: number | 'auto',
  prepare: (batch: Batch) => void,
  keep = true,
): BatchedData {
  const labelSize = channel.contentType === undefined ? 1 : (labelSizeOf(channel.contentType) ?? 1);
  if (labelSize !== 1)
    throw new ClientError(
      `channel ${channel.name}: its content type says label_size=${labelSize}, but linear-learner needs one label: use label_size=1`,
    );
  return new BatchedData(channel, kernels, {
    batchRows: (width) => chunkRows(hyperparameters, width),
    columns: columns === 'auto' ? undefined : columns,
    labelSize: 1,
    keep,
    checkLabel: labelCheck(hyperparameters),
    prepare,
  });
}

function least(losses: Float64Array): number {
  return losses.reduce((smallest, loss) => (loss < smallest ? loss : smallest), Number.POSITIVE_INFINITY);
}

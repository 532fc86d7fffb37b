/** Streams the data once per epoch through all models, stops those that learn no more, chooses the best and measures it. */
import { BatchedData, type Batch } from '../data/batched-data.ts';
import { AlgorithmError, ClientError } from '../errors.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { isStopping } from '../program/is-stopping.ts';
import { labelSizeOf } from '../formats/content-type.ts';
import { chunkRows } from './chunk-rows.ts';
import { evaluate } from './evaluate.ts';
import { labelCheck } from './labels.ts';
import { labelPower } from './losses.ts';
import { selectModel } from './select-model.ts';
import { checkpointOf, epochsOf, resumeFrom } from './state.ts';
import type { LinearContext } from './train-context.ts';
import { Trainer } from './trainer.ts';
import { writeArtifact } from './artifact.ts';

export async function train(context: LinearContext): Promise<void> {
  const { hyperparameters, checkpoints, log } = context;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const saved = await checkpoints.load();
  const begin = async (batch: Batch): Promise<Trainer> => {
    const begun = await Trainer.open(context, batch);
    if (saved !== undefined) resumeFrom(saved, begun);
    return begun;
  };
  let trainer: Trainer | undefined;
  const data = openData(context, channel, hyperparameters.feature_dim, async (batch) =>
    (trainer ??= await begin(batch)).prepare(batch),
  );
  let validation: BatchedData | undefined;
  // A training that has ended needs no more than its first rows, which the models are judged by.
  if (epochsOf(saved) === hyperparameters.epochs) for await (const _ of data.epoch()) break;
  for (let epoch = epochsOf(saved); epoch < hyperparameters.epochs; epoch++) {
    if (await isStopping(context)) break;
    const started = log.elapsed();
    await learnEpoch(context, data, () => trainer);
    if (trainer === undefined) break;
    const isWhole = !(await isStopping(context));
    const { settings, scaler, early } = trainer;
    const { losses, rows } = await trainer.endEpoch();
    // Told to stop before the first update: there is nothing to judge.
    if (rows === 0) break;
    const unit = scaler.labelFactor ** -labelPower(settings.loss);
    log.quality('train', 'objective_loss', least(losses) * unit, { epoch });
    validation ??= openValidation(context, trainer);
    const isJudged = validation === undefined || !(await isStopping(context));
    const judged = validation === undefined || !isJudged ? losses : await trainer.meanLosses(validation);
    if (judged !== losses) log.quality('validation', 'objective_loss', least(judged) * unit, { epoch });
    if (!judged.some(Number.isFinite))
      throw new AlgorithmError(
        'the loss of every model is no longer a finite number: lower learning_rate, or check the data for extreme values',
      );
    trainer.judge(judged, validation !== undefined);
    log.throughput(rows, (log.elapsed() - started) / 1000);
    const done = early.allStopped ? hyperparameters.epochs : epoch + 1;
    log.progress(done, hyperparameters.epochs);
    if (isWhole && isJudged) await checkpoints.save(checkpointOf(trainer, done));
    if (early.allStopped) break;
  }
  data.release();
  if (trainer === undefined) return;
  await finish(context, trainer, validation ?? openValidation(context, trainer));
}

const OVER = { done: true, value: undefined } as const;

/** A stop ends it after the update at hand, on all hosts after the same one. */
async function learnEpoch(
  { collective, stopping }: LinearContext,
  data: BatchedData,
  trainer: () => Trainer | undefined,
): Promise<void> {
  if (collective.size === 1) {
    for await (const chunk of data.epoch()) {
      trainer()?.learn(chunk);
      if (stopping.aborted) break;
    }
    return;
  }
  const chunks = data.epoch();
  let isOver = false;
  // A host that has no more rows takes part until all have none.
  for (let goesOn = true; goesOn;) {
    const next: IteratorResult<Batch, unknown> = isOver ? OVER : await chunks.next();
    isOver = next.done === true;
    goesOn = (await trainer()?.learnTogether(next.done === true ? undefined : next.value)) === true;
  }
  await chunks.return(undefined);
}

async function finish(context: LinearContext, trainer: Trainer, validation: BatchedData | undefined): Promise<void> {
  const { settings, scaler, learner } = trainer;
  learner.restoreKept();
  const held = validation !== undefined && !(await isStopping(context)) ? validation : trainer.sample;
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
  if (await isStopping(context)) return;
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
  prepare: (batch: Batch) => void | Promise<void>,
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

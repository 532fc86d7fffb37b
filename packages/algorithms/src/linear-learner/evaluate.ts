import { binaryMetrics, multiclassMetrics, regressionMetrics, type Metrics } from './metrics.ts';
import { labelPower } from './losses.ts';
import type { ChosenModel } from './select-model.ts';
import type { LinearContext } from './train-context.ts';
import type { Rows, Trainer } from './trainer.ts';

/** Logs the metrics of the chosen model on a channel. */
export async function evaluate(
  context: LinearContext,
  trainer: Trainer,
  channel: 'validation' | 'test',
  data: Rows,
  chosen: ChosenModel,
): Promise<void> {
  const { kernels, log, host } = context;
  const { settings, scaler, learner } = trainer;
  const metrics = metricsFor(context, trainer, chosen);
  let rows = 0;
  let loss = 0;
  for await (const batch of data.epoch()) {
    loss += learner.losses(batch)[chosen.model] ?? 0;
    rows += batch.rows;
    const scores = new Float32Array(batch.rows * settings.outputs);
    learner.scores(batch, [chosen.model], [scores]);
    metrics.add(
      scores.map((score) => score / scaler.labelFactor + scaler.labelOffset),
      kernels.heap
        .viewFloat32(batch.labels, batch.rows)
        .map((label) => label / scaler.labelFactor + scaler.labelOffset),
    );
  }
  const unit = scaler.labelFactor ** -labelPower(settings.loss);
  const results: [string, number][] = [['objective_loss', (loss / rows) * unit], ...metrics.results()];
  for (const [name, value] of results) {
    const isLoss = name.endsWith('loss') || name.endsWith('mse');
    // Validation has told its objective loss after every epoch.
    if (channel === 'test' || name !== 'objective_loss')
      log.quality(channel, name, value, { kind: isLoss ? 'loss' : 'score' });
  }
  for (const [name, value] of results) log.info(`#${channel}_score (${host}) : ('${name}', ${value})`);
}

function metricsFor({ hyperparameters }: LinearContext, { settings }: Trainer, chosen: ChosenModel): Metrics {
  const { f_beta: beta, accuracy_top_k: top } = hyperparameters;
  switch (settings.predictor) {
    case 'binary_classifier':
      return binaryMetrics(chosen.threshold, beta);
    case 'multiclass_classifier':
      return multiclassMetrics(settings.outputs, beta, top === 'auto' ? 3 : top);
    case 'regressor':
      return regressionMetrics();
  }
}

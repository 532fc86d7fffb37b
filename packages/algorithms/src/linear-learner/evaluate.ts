import { binaryMetrics, multiclassMetrics, regressionMetrics, type Metrics } from './metrics.ts';
import { labelPower } from './losses.ts';
import type { ChosenModel } from './select-model.ts';
import type { LinearContext } from './train-context.ts';
import { part, type Rows, type Trainer } from './trainer.ts';

/** Scores that are looked at together. */
const mostScores = 4_194_304;

/** Logs the metrics of the chosen model on a channel, over the rows of all hosts. */
export async function evaluate(
  context: LinearContext,
  trainer: Trainer,
  channel: 'validation' | 'test',
  data: Rows,
  chosen: ChosenModel,
): Promise<void> {
  const { kernels, log, host, collective } = context;
  const { settings, scaler, learner } = trainer;
  const metrics = metricsFor(context, trainer, chosen);
  let rows = 0;
  let loss = 0;
  const most = Math.max(1, Math.floor(mostScores / settings.outputs));
  const inUnits = (value: number): number => value / scaler.labelFactor + scaler.labelOffset;
  for await (const batch of data.epoch()) {
    for (let start = 0; start < batch.rows; start += most) {
      const own = part(batch, start, Math.min(most, batch.rows - start));
      const scores = new Float32Array(own.rows * settings.outputs);
      loss += learner.losses(own)[chosen.model] ?? 0;
      rows += own.rows;
      learner.scores(own, [chosen.model], [scores]);
      metrics.add(scores.map(inUnits), kernels.heap.viewFloat32(own.labels, own.rows).map(inUnits));
    }
  }
  const sums = Float64Array.of(rows, loss);
  await collective.sum(sums);
  [rows = 0, loss = 0] = sums;
  await metrics.share(collective);
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

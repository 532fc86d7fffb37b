import { readRows } from '../data/read-rows.ts';
import { ClientError } from '../errors.ts';
import type { DataChannel } from '../program/data-channel.ts';
import type { ForestArtifact } from './artifact.ts';
import { judgeDetection } from './detection.ts';
import { Forest } from './forest.ts';
import type { RandomCutForestContext } from './train-context.ts';

/** Logs the metrics of the test channel. Thrown when its rows have no labels of 0 and 1: ClientError. */
export async function evaluate(
  { hyperparameters, kernels, log }: RandomCutForestContext,
  test: DataChannel,
  artifact: ForestArtifact,
): Promise<void> {
  const { feature_dim: columns, eval_metrics: metrics } = hyperparameters;
  const forest = new Forest(kernels, artifact);
  const scores: Float64Array[] = [];
  const labels: Float32Array[] = [];
  const checkLabel = (label: number): string | undefined =>
    label === 0 || label === 1 ? undefined : `label ${label} is neither 0 nor 1 for an anomaly`;
  for await (const block of readRows(test, 0, kernels, { columns, labelSize: 1, checkLabel })) {
    if (block.labelSize !== 1) {
      throw new ClientError(
        'channel test has rows without a label: each begins with 1 for an anomaly or 0 for none, with the content type text/csv;label_size=1',
      );
    }
    scores.push(forest.score(block.values, block.rows));
    labels.push(kernels.heap.viewFloat32(block.labels, block.rows).slice());
  }
  forest.release();
  const judged = judgeDetection(joined(scores), joined(labels));
  if (metrics.includes('accuracy')) log.quality('test', 'accuracy', judged.accuracy, { kind: 'score' });
  if (metrics.includes('precision_recall_fscore')) {
    for (const metric of ['precision', 'recall', 'f1'] as const)
      log.quality('test', metric, judged[metric], { kind: 'score' });
  }
}

function joined(parts: readonly (Float32Array | Float64Array)[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

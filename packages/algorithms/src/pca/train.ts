/** Finds the components in one of two ways, saves them, and measures them on the test channel. */
import { BatchedData } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import { writeArtifact } from './artifact.ts';
import { explainedRatio, toArtifact } from './components.ts';
import { evaluate } from './evaluate.ts';
import { exactComponents } from './exact.ts';
import { batchRows } from './packed-rows.ts';
import { randomizedComponents } from './randomized.ts';
import type { PcaContext } from './train-context.ts';
import { isStopping } from '../program/is-stopping.ts';

export async function train(context: PcaContext): Promise<void> {
  const { hyperparameters, kernels, log } = context;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const randomized = hyperparameters.algorithm_mode === 'randomized';
  const data = new BatchedData(channel, kernels, {
    batchRows: batchRows(hyperparameters.mini_batch_size, hyperparameters.feature_dim),
    columns: hyperparameters.feature_dim,
    labelSize: 'auto',
    keep: randomized,
  });
  const components = await (randomized ? randomizedComponents : exactComponents)(context, data);
  data.release();
  log.progress(1, 1);
  log.quality('train', 'explained_variance_ratio', explainedRatio(components), { kind: 'score' });
  const artifact = toArtifact(components);
  await context.saveModel(writeArtifact(artifact));
  const test = (await isStopping(context)) ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, artifact);
}

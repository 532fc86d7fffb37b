/** Streams the data once per epoch through mini-batch updates of many centers, then reduces them to k. */
import { BatchedData, type Batch } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import { Random } from '../random.ts';
import { writeArtifact } from './artifact.ts';
import { evaluate } from './evaluate.ts';
import type { hyperparameters as table } from './hyperparameters.ts';
import { OnlineCenters } from './online-centers.ts';
import { reduceCenters } from './reduce-centers.ts';

type Context = TrainContext<HyperparametersOf<typeof table>>;

export async function train(context: Context): Promise<void> {
  const { hyperparameters, kernels, log, stopping, seed } = context;
  const { k, epochs, feature_dim: columns } = hyperparameters;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const wanted =
    k * (hyperparameters.extra_center_factor === 'auto' ? automaticFactor(k) : hyperparameters.extra_center_factor);
  const data = new BatchedData(channel, kernels, {
    batchRows: Math.max(hyperparameters.mini_batch_size, wanted),
    columns,
    labelSize: 'auto',
    keep: epochs > 1,
    prepare: (batch) => (online ??= firstCenters(context, batch, wanted)).shift(batch),
  });

  let online: OnlineCenters | undefined;
  for (let epoch = 0; epoch < epochs && !stopping.aborted; epoch++) {
    const started = log.elapsed();
    let rows = 0;
    let loss = 0;
    for await (const batch of data.epoch()) {
      loss += online?.update(batch) ?? 0;
      rows += batch.rows;
      if (stopping.aborted) break;
    }
    log.quality('train', 'msd', loss / rows, { epoch });
    log.progress(epoch + 1, epochs);
    log.throughput(rows, (log.elapsed() - started) / 1000);
  }
  data.release();
  if (online === undefined) return;
  const centers = reduceCenters(kernels, online, {
    k,
    initMethod: hyperparameters.local_lloyd_init_method,
    trials: hyperparameters.local_lloyd_num_trials === 'auto' ? 8 : hyperparameters.local_lloyd_num_trials,
    maxIterations: hyperparameters.local_lloyd_max_iter,
    tolerance: hyperparameters.local_lloyd_tol,
    random: new Random(seed, 2),
  });
  await context.saveModel(writeArtifact({ k, columns, centers }));
  const test = stopping.aborted ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, centers);
}

/** Few clusters can afford many spare centers each; many clusters cannot. */
function automaticFactor(k: number): number {
  return Math.max(4, Math.min(10, Math.round(400 / k)));
}

function firstCenters({ hyperparameters, kernels, seed }: Context, batch: Batch, wanted: number): OnlineCenters {
  if (batch.rows < hyperparameters.k)
    throw new ClientError(`channel train has ${batch.rows} rows, fewer than k=${hyperparameters.k} clusters`);
  return new OnlineCenters(kernels, batch, {
    count: Math.min(wanted, batch.rows),
    initMethod: hyperparameters.init_method,
    halfLife: hyperparameters.half_life_time_size,
    random: new Random(seed, 1),
  });
}

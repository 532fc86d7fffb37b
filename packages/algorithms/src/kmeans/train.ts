/** Streams the data once per epoch through mini-batch updates of many centers, reduces them to k, and improves these over the rows that are in memory. */
import { totalmem } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { BatchedData, type Batch } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import { Random } from '../random.ts';
import { writeArtifact } from './artifact.ts';
import type { Centers } from './centers.ts';
import { evaluate } from './evaluate.ts';
import type { hyperparameters as table } from './hyperparameters.ts';
import { lloydSteps, type LloydOptions } from './lloyd.ts';
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
    keep: true,
    memoryBytes: rowMemory(),
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
  if (online === undefined) return data.release();
  const limits = {
    maxIterations: hyperparameters.local_lloyd_max_iter,
    tolerance: hyperparameters.local_lloyd_tol,
  };
  const reduced = reduceCenters(kernels, online, {
    ...limits,
    k,
    initMethod: hyperparameters.local_lloyd_init_method,
    trials: hyperparameters.local_lloyd_num_trials === 'auto' ? 8 : hyperparameters.local_lloyd_num_trials,
    random: new Random(seed, 2),
  });
  // With a half-life old rows count less, as they do in the stream's centers and not among the rows.
  if (hyperparameters.half_life_time_size === 0 && !stopping.aborted) {
    const loss = await improve(context, data, reduced, limits);
    if (loss !== undefined) log.quality('train', 'msd', loss, { epoch: epochs - 1 });
  }
  data.release();
  const centers = withoutPadding(reduced, online);
  reduced.release();
  await context.saveModel(writeArtifact({ k, columns, centers }));
  const test = stopping.aborted ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, centers);
}

/** Lloyd's iterations over all rows, if they are in memory; resolves to the mean squared distance. */
async function improve(
  { kernels, stopping }: Context,
  data: BatchedData,
  centers: Centers,
  limits: Pick<LloydOptions, 'maxIterations' | 'tolerance'>,
): Promise<number | undefined> {
  const rows = data.join();
  if (rows === undefined) return undefined;
  const steps = lloydSteps(kernels, { ...rows, weights: 0 }, centers, { ...limits, stopping });
  let step = steps.next();
  while (step.done !== true) {
    // Without a turn of the event loop no signal would be heard.
    await turn();
    step = steps.next();
  }
  kernels.heap.free(rows.values);
  if (rows.labels !== 0) kernels.heap.free(rows.labels);
  return step.value.loss / rows.rows;
}

/** Back to the coordinates of the data. */
function withoutPadding({ values, count, columns, stride }: Centers, { origin }: OnlineCenters): Float32Array {
  return Float32Array.from({ length: count * columns }, (_, i) => {
    const column = i % columns;
    return (values.values[Math.floor(i / columns) * stride + column] ?? 0) + (origin.values[column] ?? 0);
  });
}

/** Bytes of rows that are kept: by what the machine has and not by what is free now, so that the same job gives the same model again. */
function rowMemory(): number {
  const limit = process.constrainedMemory();
  return Math.min(2 ** 30, (limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 4);
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

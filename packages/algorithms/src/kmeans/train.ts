/** Streams the data once per epoch through mini-batch updates of many centers, reduces them to k, and improves these over the rows that are in memory. */
import { totalmem } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { BatchedData } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import { isStopping } from '../program/is-stopping.ts';
import { Random } from '../random.ts';
import { writeArtifact } from './artifact.ts';
import type { Centers } from './centers.ts';
import { evaluate } from './evaluate.ts';
import { firstCenters } from './first-centers.ts';
import { learnAlone, learnTogether } from './learn-epoch.ts';
import { lloydTogether } from './lloyd-together.ts';
import { lloydSteps, type LloydOptions, type LloydResult } from './lloyd.ts';
import type { OnlineCenters } from './online-centers.ts';
import { reduceCenters } from './reduce-centers.ts';
import type { KMeansContext } from './train-context.ts';

export async function train(context: KMeansContext): Promise<void> {
  const { hyperparameters, kernels, log, collective, seed } = context;
  const { k, epochs, feature_dim: columns } = hyperparameters;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const wanted =
    k * (hyperparameters.extra_center_factor === 'auto' ? automaticFactor(k) : hyperparameters.extra_center_factor);
  const batchRows = Math.max(hyperparameters.mini_batch_size, wanted);
  const data = new BatchedData(channel, kernels, {
    batchRows,
    columns,
    labelSize: 'auto',
    keep: true,
    memoryBytes: rowMemory(),
    prepare: async (batch) => (online ??= await firstCenters(context, batch, { wanted, rows: batchRows })).shift(batch),
  });

  let online: OnlineCenters | undefined;
  const learn = collective.size === 1 ? learnAlone : learnTogether;
  for (let epoch = 0; epoch < epochs && !(await isStopping(context)); epoch++) {
    const started = log.elapsed();
    const { rows, loss } = await learn(context, data, () => online);
    if (rows === 0) break;
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
  if (hyperparameters.half_life_time_size === 0 && !(await isStopping(context))) {
    const loss = await improve(context, data, reduced, limits);
    if (loss !== undefined) log.quality('train', 'msd', loss, { epoch: epochs - 1 });
  }
  data.release();
  const centers = withoutPadding(reduced, online);
  reduced.release();
  await context.saveModel(writeArtifact({ k, columns, centers }));
  const test = context.channel('test');
  if (test !== undefined && !(await isStopping(context))) await evaluate(context, test, centers);
}

/** Lloyd's iterations over all rows, if all hosts have theirs in memory; resolves to the mean squared distance. */
async function improve(
  { kernels, collective, stopping }: KMeansContext,
  data: BatchedData,
  centers: Centers,
  limits: Pick<LloydOptions, 'maxIterations' | 'tolerance'>,
): Promise<number | undefined> {
  const rows = data.join();
  const told = Float64Array.of(rows === undefined ? 0 : 1, rows?.rows ?? 0);
  await collective.sum(told);
  const [hosts = 0, allRows = 0] = told;
  let loss: number | undefined;
  if (rows !== undefined && hosts === collective.size) {
    const own = { ...rows, weights: 0 };
    const options = { ...limits, stopping };
    const result = await (collective.size === 1
      ? lloydInTurns(kernels, own, centers, options)
      : lloydTogether(kernels, collective, own, centers, options));
    loss = result.loss / allRows;
  }
  if (rows !== undefined) kernels.heap.free(rows.values);
  if (rows !== undefined && rows.labels !== 0) kernels.heap.free(rows.labels);
  return loss;
}

async function lloydInTurns(...args: Parameters<typeof lloydSteps>): Promise<LloydResult> {
  const steps = lloydSteps(...args);
  let step = steps.next();
  while (step.done !== true) {
    // Without a turn of the event loop no signal would be heard.
    await turn();
    step = steps.next();
  }
  return step.value;
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

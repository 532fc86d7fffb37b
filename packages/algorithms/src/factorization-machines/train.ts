/** Streams the data once per epoch through updates by mini-batches, on one host or on several together, and measures the model. */
import type { ModelFiles } from '../algorithm.ts';
import { SparseBatchedData } from '../data/sparse-batched-data.ts';
import type { SparseOptions } from '../data/sparse-batch.ts';
import { AlgorithmError, ClientError } from '../errors.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { KERNEL_MEMORY_BYTES, machineMemory, requireMemory } from '../program/memory.ts';
import { writeArtifact } from './artifact.ts';
import { learnTogether } from './learn-together.ts';
import { Machine } from './machine.ts';
import { strideOf, type FactorizationContext, type FactorizationHyperparameters } from './settings.ts';
import { Statistics } from './statistics.ts';
import { isStopping } from '../program/is-stopping.ts';

/** Room for the rows of a batch and for reading them. */
const ROW_BYTES = 2 ** 28;

export async function train(context: FactorizationContext): Promise<void> {
  const { hyperparameters: given, kernels, checkpoints, log, collective } = context;
  const { epochs, predictor_type: predictor } = given;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const bytes = modelBytes(given);
  const saved = await checkpoints.load(['epochs']);
  const machine = new Machine(kernels, given, context.seed);
  if (saved !== undefined) machine.restore(saved);
  const data = new SparseBatchedData(channel, kernels, {
    ...rowOptions(given),
    batchRows: given.mini_batch_size,
    byFeature: true,
    keep: true,
    memoryBytes: Math.min(2 ** 31, machineMemory() / 4, KERNEL_MEMORY_BYTES - bytes - ROW_BYTES),
  });
  for (let epoch = epochsOf(saved); epoch < epochs; epoch++) {
    const started = log.elapsed();
    const found = new Statistics();
    const complete = await (collective.size === 1 ? learnAlone : learnTogether)(context, machine, data, found);
    if (found.rows > 0) {
      if (!Number.isFinite(found.loss))
        throw new AlgorithmError(
          'the loss is no longer a finite number: lower factors_lr, linear_lr and bias_lr, set clip_gradient, or check the data for extreme values',
        );
      for (const { name, kind, value } of found.metrics(predictor)) log.quality('train', name, value, { kind, epoch });
      log.throughput(found.rows, (log.elapsed() - started) / 1000);
    }
    if (!complete) break;
    log.progress(epoch + 1, epochs);
    if (checkpoints.folder !== undefined)
      await checkpoints.save(new Map([...machine.state(), ['epochs', bytesOf(epoch + 1)]]));
  }
  data.release();
  await context.saveModel(writeArtifact(machine.artifact()));
  const test = context.channel('test');
  if (test !== undefined && !(await isStopping(context))) await evaluate(context, machine, test);
  machine.release();
}

/** One update per mini-batch; resolves to whether the epoch was learnt whole. */
async function learnAlone(
  { stopping }: FactorizationContext,
  machine: Machine,
  data: SparseBatchedData,
  found: Statistics,
): Promise<boolean> {
  for await (const batch of data.epoch()) {
    if (stopping.aborted) return false;
    found.add(batch.rows, machine.learn(batch));
  }
  return true;
}

/** Logs the metrics of the test channel, over the rows of all hosts. */
async function evaluate(context: FactorizationContext, machine: Machine, test: DataChannel): Promise<void> {
  const { hyperparameters: given, kernels, collective, log, host } = context;
  const data = new SparseBatchedData(test, kernels, { ...rowOptions(given), batchRows: given.mini_batch_size });
  const found = new Statistics();
  for await (const batch of data.epoch()) found.add(batch.rows, machine.measure(batch));
  await collective.sum(found.values);
  const metrics = found.metrics(given.predictor_type);
  for (const { name, kind, value } of metrics) log.quality('test', name, value, { kind });
  for (const { name, value } of metrics) log.info(`#test_score (${host}) : ('${name}', ${value})`);
}

function rowOptions({ feature_dim: columns, predictor_type: predictor }: FactorizationHyperparameters): SparseOptions {
  if (predictor === 'regressor') return { columns, labelSize: 1 };
  const checkLabel = (label: number): string | undefined =>
    label === 0 || label === 1 ? undefined : `the label is ${label}, but a binary_classifier needs labels 0 and 1`;
  return { columns, labelSize: 1, checkLabel };
}

/** Refuses a model that cannot fit, and returns the bytes of kernel memory that it takes: weights, two moments each, and where to find a feature in a batch. */
function modelBytes({ feature_dim: columns, num_factors: factors }: FactorizationHyperparameters): number {
  const bytes = columns * (strideOf(factors) * 12 + 4);
  const what = `a model of feature_dim=${columns} and num_factors=${factors}, with what its optimizer remembers,`;
  const remedy = 'lower num_factors, or map features to fewer keys';
  requireMemory({ bytes: bytes + ROW_BYTES, what, remedy });
  // While it is saved, the model is there two more times.
  requireMemory({ bytes: bytes + 8 * columns * (factors + 1), what, remedy, inKernels: false });
  return bytes;
}

function epochsOf(saved: ModelFiles | undefined): number {
  const bytes = saved?.get('epochs');
  return bytes === undefined ? 0 : (new Float64Array(new Uint8Array(bytes).buffer)[0] ?? 0);
}

function bytesOf(epochs: number): Uint8Array {
  return new Uint8Array(Float64Array.of(epochs).buffer);
}

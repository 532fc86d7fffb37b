/** Reads the data once, keeps a sample of its rows, builds the index over them, and measures it. */
import { readRows } from '../data/read-rows.ts';
import { ClientError } from '../errors.ts';
import { labelSizeOf } from '../formats/content-type.ts';
import type { KnnArtifact } from './artifact.ts';
import { writeArtifact } from './artifact.ts';
import { buildIndex } from './build-index.ts';
import { evaluate } from './evaluate.ts';
import { labelCheck } from './labels.ts';
import { openPreparation } from './prepare-rows.ts';
import { Reservoir, sampleOfHosts, type LabelledRows } from './reservoir.ts';
import { lengthCheck } from './row-length.ts';
import { indexSettings, listCount, requireIndexMemory, type IndexSettings } from './settings.ts';
import type { KnnContext } from './train-context.ts';
import { isStopping } from '../program/is-stopping.ts';

export async function train(context: KnnContext): Promise<void> {
  const { hyperparameters, kernels, log, seed } = context;
  const { k, feature_dim: columns, predictor_type: predictor } = hyperparameters;
  const settings = indexSettings(context);
  requireIndexMemory(context, settings);
  const { labels, rows } = await sample(context, settings);
  if (labels.length < k)
    throw new ClientError(`channel train has ${labels.length} rows, fewer than the k=${k} neighbors of a prediction`);
  const started = log.elapsed();
  const { metric, width, listed, parts, normalize, reduction } = settings;
  const lists = listed ? listCount(context, labels.length) : undefined;
  const index = buildIndex(kernels, rows, { metric, columns: width, lists, parts, seed });
  log.info(`index of ${labels.length} rows built in ${Math.round(log.elapsed() - started)} ms`);
  const artifact: KnnArtifact = { k, predictor, reduction, normalize, columns, index, labels };
  await context.saveModel(writeArtifact(artifact));
  const test = (await isStopping(context)) ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, artifact);
}

/** The rows of the index, the same on all hosts. */
async function sample(context: KnnContext, settings: IndexSettings): Promise<LabelledRows> {
  const { hyperparameters, kernels, log, stopping, seed, collective } = context;
  const { feature_dim: columns, predictor_type: predictor, sample_size: size } = hyperparameters;
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const labelSize = channel.contentType === undefined ? 1 : (labelSizeOf(channel.contentType) ?? 1);
  if (labelSize !== 1)
    throw new ClientError(
      `channel train: its content type says label_size=${labelSize}, but knn needs one label: use label_size=1`,
    );
  const { reduction, normalize, width } = settings;
  const checkLength = lengthCheck({ reduction, normalize, columns });
  const reservoir = new Reservoir(size, columns, seed);
  const started = log.elapsed();
  for await (const block of readRows(channel, 0, kernels, {
    columns,
    labelSize: 1,
    checkLabel: labelCheck(predictor),
  })) {
    const rows = kernels.heap.viewFloat32(block.values, block.rows * block.stride);
    reservoir.offer(rows, block.stride, kernels.heap.viewFloat32(block.labels, block.rows), block.rows, (row) =>
      checkLength(rows, row * block.stride, () => block.place(row)),
    );
    if (stopping.aborted) break;
  }
  log.progress(1, 1);
  log.throughput(reservoir.seen, (log.elapsed() - started) / 1000);
  const { rows, labels } = reservoir.take();
  const preparation = openPreparation(kernels, { reduction, columns, normalize, width });
  const prepared = preparation.apply(rows);
  preparation.release();
  return sampleOfHosts(collective, { columns: width, rows: prepared, labels }, { seen: reservoir.seen, size, seed });
}

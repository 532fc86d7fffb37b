/** Samples the rows in one pass, and grows trees over the sample; several hosts each grow a share of the trees over their part of the rows. */
import { readRows } from '../data/read-rows.ts';
import { ClientError } from '../errors.ts';
import { requireMemory } from '../program/memory.ts';
import { Random } from '../random.ts';
import { decodeForest, encodeForest, writeArtifact, type ForestArtifact } from './artifact.ts';
import { evaluate } from './evaluate.ts';
import { forestBytes } from './forest.ts';
import { growTrees } from './grow-trees.ts';
import { joinForests } from './join-forests.ts';
import { Reservoir } from './reservoir.ts';
import type { RandomCutForestContext } from './train-context.ts';

export async function train(context: RandomCutForestContext): Promise<void> {
  const { hyperparameters, collective, stopping } = context;
  const { num_trees: trees, num_samples_per_tree: samples, feature_dim: columns } = hyperparameters;
  requireMemory({
    bytes: forestBytes(trees, samples, columns),
    what: `a forest of ${trees} trees over ${samples} rows with ${columns} features each`,
    remedy: 'lower num_trees or num_samples_per_tree',
  });
  const own = await growOwnTrees(context);
  const everyone = await collective.gather(own === undefined ? new Uint8Array() : encodeForest(own));
  const forest = joinForests(everyone.flatMap(forestOf));
  if (forest === undefined) return;
  await context.saveModel(writeArtifact(forest));
  const test = stopping.aborted || collective.rank > 0 ? undefined : context.channel('test');
  if (test !== undefined) await evaluate(context, test, forest);
}

/** `undefined` when the job was stopped before the first row. */
async function growOwnTrees(context: RandomCutForestContext): Promise<ForestArtifact | undefined> {
  const { hyperparameters, kernels, collective, log, stopping, seed } = context;
  const { num_trees: trees, num_samples_per_tree: samples, feature_dim: columns } = hyperparameters;
  const { rank, size } = collective;
  const ownTrees = Math.floor(((rank + 1) * trees) / size) - Math.floor((rank * trees) / size);
  const channel = context.channel('train');
  if (channel === undefined) throw new ClientError("channel 'train' is required");
  const reservoir = new Reservoir(kernels, columns, ownTrees * samples, new Random(seed, 2 * rank));
  const started = log.elapsed();
  for await (const block of readRows(channel, 0, kernels, { columns, labelSize: 'auto' })) {
    if (stopping.aborted) break;
    reservoir.add(block);
  }
  const random = new Random(seed, 2 * rank + 1);
  const forest =
    reservoir.rows === 0
      ? undefined
      : growTrees(kernels, reservoir, { trees: ownTrees, samplesPerTree: samples, columns, random });
  reservoir.release();
  log.progress(1, 1);
  log.throughput(reservoir.seen, (log.elapsed() - started) / 1000);
  return forest;
}

function forestOf(bytes: Uint8Array): ForestArtifact[] {
  const forest = bytes.length === 0 ? undefined : decodeForest(bytes);
  return forest === undefined ? [] : [forest];
}

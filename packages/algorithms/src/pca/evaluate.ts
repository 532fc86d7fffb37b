import { readRows } from '../data/read-rows.ts';
import type { DataChannel } from '../program/data-channel.ts';
import type { PcaArtifact } from './artifact.ts';
import { pcaModel } from './model.ts';
import type { PcaContext } from './train-context.ts';

/**
 * Logs how well the components describe other rows: the mean squared distance between a row and what its projection gives back, and the part of
 * the squared distances from the mean that the components keep.
 */
export async function evaluate({ kernels, log }: PcaContext, test: DataChannel, artifact: PcaArtifact): Promise<void> {
  const { columns, mean } = artifact;
  const model = pcaModel(artifact);
  let rows = 0;
  let all = 0;
  let kept = 0;
  for await (const block of readRows(test, 0, kernels, { columns, labelSize: 'auto' })) {
    const values = kernels.heap.viewFloat32(block.values, block.rows * block.stride);
    for (let row = 0; row < block.rows; row++) {
      const features = values.slice(row * block.stride, row * block.stride + columns);
      all += squares(features, mean);
      kept += squares(projectionOf(model.predict([features])[0]));
    }
    rows += block.rows;
  }
  log.quality('test', 'reconstruction_error', Math.max(0, all - kept) / rows);
  log.quality('test', 'explained_variance_ratio', all > 0 ? Math.min(1, kept / all) : 1, { kind: 'score' });
}

function projectionOf(row: Readonly<Record<string, number | readonly number[]>> | undefined): readonly number[] {
  const projection = row?.['projection'];
  return typeof projection === 'object' ? projection : [];
}

function squares(values: ArrayLike<number>, from?: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += ((values[i] ?? 0) - (from?.[i] ?? 0)) ** 2;
  return sum;
}

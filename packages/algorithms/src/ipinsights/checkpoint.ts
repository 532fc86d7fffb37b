/** The state of a training between two epochs. */
import type { ModelFiles } from '../algorithm.ts';
import type { Learner } from './learner.ts';
import type { PairModel } from './pair-model.ts';

const names = ['table', 'encoder', 'table-means', 'table-squares', 'encoder-means', 'encoder-squares'];

export function checkpointOf(model: PairModel, learner: Learner, epochs: number): ModelFiles {
  const { steps, moments } = learner.state;
  const arrays = [model.table.values, model.encoder.values, ...moments];
  const files = arrays.map(
    (values, index) =>
      [names[index] ?? '', new Uint8Array(values.buffer, values.byteOffset, values.byteLength)] as const,
  );
  return new Map([...files, ['progress', new Uint8Array(Float64Array.of(epochs, steps).buffer)]]);
}

/** Puts model and learner where they were; returns the epochs that are done. */
export function resumeFrom(files: ModelFiles, model: PairModel, learner: Learner): number {
  const { moments } = learner.state;
  for (const [index, values] of [model.table.values, model.encoder.values, ...moments].entries())
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(files.get(names[index] ?? '') ?? []);
  const progress = new Uint8Array(files.get('progress') ?? new Uint8Array(16));
  const [epochs = 0, steps = 0] = new Float64Array(progress.buffer);
  learner.resume(steps);
  return epochs;
}

/** Between a model in kernel memory, where rows are padded, and its artifact, where they are not. */
import type { Kernels } from '../kernels/kernels.ts';
import type { PairArtifact } from './artifact.ts';
import { BIT_ROWS, encoderShape } from './encoder-shape.ts';
import { PairModel } from './pair-model.ts';

export function artifactOf({ shape, table, encoder }: PairModel): PairArtifact {
  const { dimensions, width, layers } = shape;
  const rows = (first: number, count: number): Float32Array =>
    withoutPadding(encoder.values.subarray(first * width, (first + count) * width), dimensions, width);
  return {
    dimensions,
    entities: withoutPadding(table.values, dimensions, width),
    bits: rows(0, BIT_ROWS - 1),
    bias: rows(BIT_ROWS - 1, 1),
    layers: Array.from({ length: layers }, (_, layer) => {
      const first = BIT_ROWS + layer * (width + 1);
      return { weights: rows(first, dimensions), bias: rows(first + width, 1) };
    }),
  };
}

export function modelOf(kernels: Kernels, { dimensions, entities, bits, bias, layers }: PairArtifact): PairModel {
  const model = new PairModel(kernels, entities.length / dimensions, encoderShape(dimensions, layers.length));
  const { width } = model.shape;
  pad(entities, dimensions, model.table.values, width);
  const place = (first: number, values: Float32Array): void =>
    pad(values, dimensions, model.encoder.values.subarray(first * width), width);
  place(0, bits);
  place(BIT_ROWS - 1, bias);
  for (const [layer, { weights, bias: own }] of layers.entries()) {
    const first = BIT_ROWS + layer * (width + 1);
    place(first, weights);
    place(first + width, own);
  }
  model.pack();
  return model;
}

/** The values themselves where there is nothing to leave out. */
function withoutPadding(values: Float32Array, dimensions: number, width: number): Float32Array {
  if (dimensions === width) return values;
  const rows = values.length / width;
  const plain = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++)
    plain.set(values.subarray(row * width, row * width + dimensions), row * dimensions);
  return plain;
}

function pad(values: Float32Array, dimensions: number, into: Float32Array, width: number): void {
  if (dimensions === width) into.set(values);
  else
    for (let row = 0; row * dimensions < values.length; row++)
      into.set(values.subarray(row * dimensions, (row + 1) * dimensions), row * width);
}

/** The kernels against a plain model in 64 bits: its loss, and that loss's slope where one parameter is moved. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { encoderShape } from './encoder-shape.ts';
import { Gradients } from './gradients.ts';
import { artifactOf } from './model-artifact.ts';
import { shuffledOrder } from './pair-batches.ts';
import { PairModel } from './pair-model.ts';
import type { PairArtifact } from './artifact.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const rest = {
  layers: fc.integer({ min: 0, max: 3 }),
  entities: fc.integer({ min: 1, max: 9 }),
  random: fc.integer({ min: 0, max: 2 }),
  shuffled: fc.integer({ min: 0, max: 2 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
};
const narrow = fc.record({
  ...rest,
  dimensions: fc.integer({ min: 4, max: 19 }),
  pairs: fc.constantFrom(1, 2, 63, 64, 65, 700),
});
/** Panels of 32 columns, and with others beside them; fewer pairs, as the plain model takes its time. */
const wide = fc.record({ ...rest, dimensions: fc.constantFrom(32, 45), pairs: fc.constantFrom(3, 65) });
const shapes = fc.oneof({ arbitrary: narrow, weight: 3 }, { arbitrary: wide, weight: 1 });

test('loss and gradients are those of the model', () => {
  fc.assert(
    fc.property(shapes, ({ dimensions, layers, entities, pairs, random: randomRate, shuffled, seed }) => {
      const shape = encoderShape(dimensions, layers);
      const { width } = shape;
      const model = new PairModel(kernels, entities, shape);
      model.draw(seed);
      const random = new Random(seed, 1);
      // Biases that are not zero, also in the columns that count, and in no other.
      for (let row = 0; row < shape.rows; row++)
        for (let i = 0; i < dimensions; i++)
          if (model.encoder.values[row * width + i] === 0) model.encoder.values[row * width + i] = random.normal() / 10;
      clearPadding(model);
      const batch = {
        count: pairs,
        entities: Uint32Array.from({ length: pairs }, () => random.below(entities)),
        addresses: Uint32Array.from({ length: pairs }, () => random.uint32()),
      };
      const rates = { random: randomRate, shuffled };
      const gradients = new Gradients(kernels, model, rates, pairs);
      const loss = gradients.compute(batch, new Random(seed, 2));
      const samples = samplesOf(batch, rates, new Random(seed, 2));
      const expected = (): number => referenceLoss(artifactOf(model), samples);
      close(loss, expected(), 1e-4, 'loss');

      for (let check = 0; check < 8; check++) {
        const at = Math.floor(random.uniform() * shape.rows) * width + random.below(dimensions);
        const isPadding = isPaddingRow(Math.floor(at / width), shape);
        close(
          gradients.encoder.values[at] ?? 0,
          isPadding ? 0 : slope(model.encoder.values, at, expected),
          2e-3,
          `encoder ${at}`,
        );
      }
      const rows = kernels.heap.viewFloat32(gradients.entities, pairs * width);
      const entity = random.below(entities);
      const column = random.below(dimensions);
      let sum = 0;
      for (let pair = 0; pair < pairs; pair++)
        if (batch.entities[pair] === entity) sum += rows[pair * width + column] ?? 0;
      close(sum, slope(model.table.values, entity * width + column, expected), 2e-3, 'entity');
      gradients.release();
      model.release();
    }),
    { numRuns: 30 },
  );
});

/** Weights from and to what only pads a vector must be zero, as they are when training begins. */
function clearPadding(model: PairModel): void {
  const { shape, encoder } = model;
  for (let row = 0; row < shape.rows; row++)
    if (isPaddingRow(row, shape)) encoder.values.fill(0, row * shape.width, (row + 1) * shape.width);
}

function isPaddingRow(
  row: number,
  { width, dimensions }: { readonly width: number; readonly dimensions: number },
): boolean {
  const inLayer = (row - 33) % (width + 1);
  return row >= 33 && inLayer >= dimensions && inLayer < width;
}

interface Sample {
  readonly entity: number;
  readonly address: number;
  readonly isSeen: boolean;
}

/** The pairs and all their negative samples, by the same random numbers. */
function samplesOf(
  {
    count,
    entities,
    addresses,
  }: { readonly count: number; readonly entities: Uint32Array; readonly addresses: Uint32Array },
  rates: { readonly random: number; readonly shuffled: number },
  random: Random,
): Sample[] {
  const samples: Sample[] = [];
  const add = (pair: number, address: number, isSeen: boolean): void => {
    samples.push({ entity: entities[pair] ?? 0, address, isSeen });
  };
  for (let pair = 0; pair < count; pair++) add(pair, addresses[pair] ?? 0, true);
  for (let shuffle = 0; shuffle < rates.shuffled; shuffle++) {
    const order = shuffledOrder(count, random);
    for (let pair = 0; pair < count; pair++) {
      const other = addresses[order[pair] ?? 0] ?? 0;
      if (other !== addresses[pair]) add(pair, other, false);
    }
  }
  for (let round = 0; round < rates.random; round++) {
    const seed = BigInt(random.uint32()) | (BigInt(random.uint32()) << 32n);
    for (let pair = 0; pair < count; pair++) add(pair, Number(mixed(seed, BigInt(pair)) >> 32n), false);
  }
  return samples;
}

function mixed(seed: bigint, index: bigint): bigint {
  const bits = (value: bigint): bigint => BigInt.asUintN(64, value);
  let z = bits(seed + (index + 1n) * 0x9e3779b97f4a7c15n);
  z = bits((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = bits((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

function referenceLoss({ dimensions, entities, bits, bias, layers }: PairArtifact, samples: readonly Sample[]): number {
  let loss = 0;
  for (const { entity, address, isSeen } of samples) {
    let h = Array.from({ length: dimensions }, (_, column) => {
      let sum = bias[column] ?? 0;
      for (let bit = 0; bit < 32; bit++)
        sum += ((address >>> (31 - bit)) & 1 ? 1 : -1) * (bits[bit * dimensions + column] ?? 0);
      return sum;
    });
    for (const layer of layers) {
      const input = h;
      h = input.map((value, column) =>
        input.reduce(
          (sum, other, row) => sum + Math.max(0, other) * (layer.weights[row * dimensions + column] ?? 0),
          value + (layer.bias[column] ?? 0),
        ),
      );
    }
    const score = h.reduce((sum, value, column) => sum + value * (entities[entity * dimensions + column] ?? 0), 0);
    const sign = isSeen ? -score : score;
    loss += Math.max(0, sign) + Math.log1p(Math.exp(-Math.abs(sign)));
  }
  return loss;
}

function slope(values: Float32Array, at: number, loss: () => number): number {
  const before = values[at] ?? 0;
  const step = 2 ** -22;
  values[at] = before + step;
  const [high, above] = [loss(), values[at] ?? 0];
  values[at] = before - step;
  const [low, below] = [loss(), values[at] ?? 0];
  values[at] = before;
  return (high - low) / (above - below);
}

/** Sums of many terms differ by rounding, and a longer step would cross kinks. */
function close(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * (2 + Math.abs(expected)), `${what}: ${actual} and ${expected}`);
}

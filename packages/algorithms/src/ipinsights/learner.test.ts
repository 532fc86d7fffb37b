import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { alone } from '../collective/collective.ts';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { encoderShape } from './encoder-shape.ts';
import { Gradients } from './gradients.ts';
import { Learner } from './learner.ts';
import { PairModel } from './pair-model.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const rates = { random: 1, shuffled: 1 };
const learningRate = 0.02;
const weightDecay = 0.1;

/** Adam in 64 bits, over the numbers that have a gradient. */
class PlainAdam {
  readonly #means: Float64Array;
  readonly #squares: Float64Array;

  constructor(length: number) {
    this.#means = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  step(values: Float64Array, gradients: ReadonlyMap<number, number>, steps: number): void {
    for (const [at, loss] of gradients) {
      const gradient = loss + weightDecay * (values[at] ?? 0);
      const mean = (this.#means[at] = 0.9 * (this.#means[at] ?? 0) + 0.1 * gradient);
      const square = (this.#squares[at] = 0.999 * (this.#squares[at] ?? 0) + 0.001 * gradient ** 2);
      const scaled = Math.sqrt(square / (1 - 0.999 ** steps)) + 1e-8;
      values[at] = (values[at] ?? 0) - (learningRate * (mean / (1 - 0.9 ** steps))) / scaled;
    }
  }
}

test('steps are those of Adam, on the encoder and on the entities of the batch alone', async () => {
  const shape = encoderShape(9, 2);
  const { width } = shape;
  const entities = 30;
  const model = new PairModel(kernels, entities, shape);
  model.draw(5);
  const learner = new Learner(kernels, alone, model, { rates, learningRate, weightDecay, batchPairs: 50 });
  const gradients = new Gradients(kernels, model, rates, 50);
  const [encoder, table] = [Float64Array.from(model.encoder.values), Float64Array.from(model.table.values)];
  const [adamOfEncoder, adamOfTable] = [new PlainAdam(encoder.length), new PlainAdam(table.length)];
  const random = new Random(8);
  for (let step = 1; step <= 3; step++) {
    const count = 20 * step - 10;
    const batch = {
      count,
      // Some entities several times, some in no batch at all.
      entities: Uint32Array.from({ length: count }, () => 2 * random.below(8)),
      addresses: Uint32Array.from({ length: count }, () => random.uint32()),
    };
    const loss = gradients.compute(batch, new Random(step));
    const slopes = gradients.encoder.values.slice();
    const rows = kernels.heap.viewFloat32(gradients.entities, count * width).slice();
    const outcome = await learner.step(batch, new Random(step), false);
    assert.ok(Math.abs(outcome.loss - loss / count / 3) < 1e-6);
    adamOfEncoder.step(encoder, new Map(Array.from(slopes, (slope, at) => [at, slope / count / 3])), step);
    const sums = new Map<number, number>();
    for (const [at, slope] of rows.entries()) {
      const place = (batch.entities[Math.floor(at / width)] ?? 0) * width + (at % width);
      sums.set(place, (sums.get(place) ?? 0) + slope / count / 3);
    }
    adamOfTable.step(table, sums, step);
    for (const [actual, expected] of [
      [model.encoder.values, encoder],
      [model.table.values, table],
    ] as const) {
      // A gradient of nearly nothing is divided by itself: what rounding makes of it is not compared.
      const far = Array.from(actual).filter((value, at) => Math.abs(value - (expected[at] ?? 0)) > 1e-4);
      assert.ok(far.length <= actual.length * 0.002, `${far.length} of ${actual.length}`);
      expected.set(actual);
    }
    for (let column = 9; column < width; column++) assert.equal(model.table.values[column], 0);
  }
  assert.equal(learner.state.steps, 3);
  gradients.release();
  learner.release();
  model.release();
});

/** What only k-NN does: sampling, several hosts, projections, padding, votes, the three files of its artifact. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { decodeRecord } from '../formats/record.ts';
import { framesOf } from '../formats/recordio-frames.ts';
import { loadModel } from '../load-model.ts';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { assertSameModel } from '../testing/outcomes.ts';
import { csvFile } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome } from '../testing/training-folder.ts';
import { readArtifact, writeArtifact } from './artifact.ts';
import { rowCount } from './index-content.ts';
import { knn } from './index.ts';
import { predictLabels } from './predict-labels.ts';
import { openReduction, reductions } from './reduction.ts';
import { Reservoir, sharesOf } from './reservoir.ts';

const columns = 10;
const random = new Random(3);
const centers = Array.from({ length: 6 }, () => Array.from({ length: columns }, () => 4 * random.normal()));
const labels = Array.from({ length: 600 }, () => random.below(6));
const features = labels.map((label) =>
  (centers[label] ?? []).map((value) => Number((value + random.normal()).toFixed(3))),
);
const basics = { k: '5', feature_dim: String(columns), sample_size: '600', predictor_type: 'classifier' };

async function train(more: Record<string, string> = {}, threads = 1): Promise<TrainingOutcome> {
  const channel = { contentType: 'text/csv', files: { 'a.csv': csvFile({ features, labels }) } };
  const channels = { train: channel, test: channel };
  return trainInFolder(knn, { hyperparameters: { ...basics, ...more }, channels, threads });
}

function score(outcome: TrainingOutcome, name: string): number {
  assert.equal(outcome.exitCode, 0, outcome.failure);
  const found = outcome.log.map(
    (line) => new RegExp(`#test_score \\(algo-\\d\\) : \\('${name}', (\\S+)\\)`).exec(line)?.[1],
  );
  return Number(found.find((value) => value !== undefined));
}

describe('k-NN', { concurrency: false }, () => {
  const kinds: Record<string, string>[] = [
    { index_type: 'faiss.Flat', index_metric: 'COSINE' },
    { index_type: 'faiss.IVFFlat' },
    { index_type: 'faiss.IVFFlat', index_metric: 'INNER_PRODUCT', faiss_index_ivf_nlists: '7' },
    { index_type: 'faiss.IVFPQ', faiss_index_pq_m: '4' },
    {
      index_type: 'faiss.IVFPQ',
      dimension_reduction_type: 'sign',
      dimension_reduction_target: '7',
      faiss_index_pq_m: '4',
    },
    { dimension_reduction_type: 'fjlt', dimension_reduction_target: '8' },
  ];
  for (const kind of kinds) {
    test(`learns planted classes with ${Object.values(kind).join(' ')}, by any number of threads, and the artifact predicts as the training did`, async () => {
      const outcome = await train(kind);
      const accuracy = score(outcome, 'accuracy');
      assert.ok(accuracy > (kind['index_metric'] === 'INNER_PRODUCT' ? 0.6 : 0.9), `accuracy ${accuracy}`);
      const model = await loadModel(outcome.model);
      const right = model.predict(features).filter((row, at) => row['predicted_label'] === labels[at]).length;
      assert.ok(Math.abs(right / labels.length - accuracy) < 1e-9);
      assertSameModel((await train(kind, 3)).model, outcome.model, '3 threads');
    });
  }

  test('codes that do not divide the features pad rows with zeros, or raise the target of the reduction', async () => {
    const padded = readArtifact((await train({ index_type: 'faiss.IVFPQ', faiss_index_pq_m: '4' })).model);
    assert.deepEqual([padded.columns, padded.index.columns], [10, 12]);
    const reduced = readArtifact(
      (
        await train({
          index_type: 'faiss.IVFPQ',
          faiss_index_pq_m: '4',
          dimension_reduction_type: 'sign',
          dimension_reduction_target: '7',
        })
      ).model,
    );
    assert.deepEqual([reduced.columns, reduced.index.columns, reduced.reduction?.target], [10, 8, 8]);
  });

  test('a regressor predicts the mean of its neighbors and logs mse', async () => {
    const outcome = await train({ predictor_type: 'regressor', k: '1' });
    assert.equal(score(outcome, 'mse'), 0);
    const model = await loadModel(outcome.model);
    assert.equal(model.predict([features[0] ?? []])[0]?.['predicted_label'], labels[0]);
  });

  test('verbose=true adds distances, ascending, and labels, in every format', async () => {
    const model = await loadModel((await train()).model);
    const ask = (accept: string): Uint8Array | string =>
      model.invoke({ contentType: 'text/csv', accept, body: csvFile({ features: features.slice(0, 3) }) }).body;
    const { predictions } = JSON.parse(String(ask('application/json; verbose=true')));
    assert.deepEqual(Object.keys(predictions[0]), ['predicted_label', 'distances', 'labels']);
    for (const { distances, labels: near } of predictions) {
      assert.equal(distances[0], 0);
      assert.deepEqual(
        distances,
        distances.toSorted((a: number, b: number) => a - b),
      );
      assert.equal(near.length, 5);
    }
    const lines = String(ask('application/jsonlines;verbose=True')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      predictions,
    );
    const table = String(ask('text/csv; verbose=true')).trimEnd().split('\n');
    assert.deepEqual(
      table.map((line) => line.split(',').map(Number)),
      predictions.map((row: object) => Object.values(row).flat()),
    );
    const records = framesOf(Buffer.from(ask('application/x-recordio-protobuf; verbose=true')), 'answer');
    for (const [row, { payload }] of records.entries()) {
      const { label } = decodeRecord(payload);
      assert.deepEqual(Object.keys(label), Object.keys(predictions[row]));
      assert.deepEqual(Array.from(label['labels']?.values ?? []), predictions[row].labels);
    }
    for (const accept of ['application/json', 'application/json;verbose=false'])
      assert.deepEqual(Object.keys(JSON.parse(String(ask(accept))).predictions[0]), ['predicted_label']);
  });

  test('k and predictor_type may be edited in model_algo-1.json', async () => {
    const { model } = await train();
    const description = JSON.parse(Buffer.from(model.get('model_algo-1.json') ?? []).toString());
    const edited = (change: object): Promise<unknown> =>
      loadModel(new Map([...model, ['model_algo-1.json', Buffer.from(JSON.stringify({ ...description, ...change }))]]));
    await edited({ k: 10, predictor_type: 'regressor' });
    await assert.rejects(edited({ k: 601 }), {
      name: 'ClientError',
      message: /k must be a whole number from 1 to the 600/,
    });
    await assert.rejects(edited({ predictor_type: 'both' }), /predictor_type must be one of/);
    assert.deepEqual(description.dimension_reduction, null);
    assert.equal((model.get('model_algo-1.labels') ?? []).length, 2400);
  });

  test('an artifact is written as it was read', async () => {
    const { model } = await train({ index_type: 'faiss.IVFPQ' });
    for (const [name, bytes] of writeArtifact(readArtifact(model)))
      assert.ok(Buffer.from(bytes).equals(model.get(name) ?? new Uint8Array()), name);
  });

  test('two hosts with halves of the rows hold one sample, and the same model; so do hosts that both have all rows', async () => {
    const run = (from: number, to: number): Parameters<typeof trainOnHosts>[1][number] => ({
      hyperparameters: { ...basics, sample_size: '200' },
      channels: {
        train: {
          contentType: 'text/csv',
          files: { 'a.csv': csvFile({ features: features.slice(from, to), labels: labels.slice(from, to) }) },
        },
        test: { contentType: 'text/csv', files: { 'a.csv': csvFile({ features, labels }) } },
      },
    });
    for (const runs of [
      [run(0, 150), run(150, 600)],
      [run(0, 600), run(0, 600)],
    ]) {
      const outcomes = await trainOnHosts(knn, runs);
      for (const outcome of outcomes) {
        assert.ok(score(outcome, 'accuracy') > 0.9);
        for (const [name, bytes] of outcomes[0]?.model ?? [])
          assert.ok(Buffer.from(bytes).equals(outcome.model.get(name) ?? new Uint8Array()));
      }
      const { index } = readArtifact(outcomes[0]?.model ?? new Map());
      assert.equal(rowCount(index), 200);
      assert.ok(index.kind === 'flat');
      const known = new Map(features.map((row, at) => [Array.from(Float32Array.from(row)).join(), at]));
      const sampled = Array.from({ length: 200 }, (_, row) =>
        known.get(Array.from(index.rows.subarray(row * columns, (row + 1) * columns)).join()),
      );
      assert.equal(new Set(sampled).size, 200, 'no row twice');
      if (runs[0]?.channels['train']?.files['a.csv']?.length !== runs[1]?.channels['train']?.files['a.csv']?.length)
        assert.equal(sampled.filter((row) => (row ?? 0) < 150).length, 50, 'a share in proportion');
    }
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ['k beyond sample_size', { k: '601' }, /k is 601, more than the 600 rows of sample_size/],
    ['k beyond the rows', { k: '700', sample_size: '1000' }, /channel train has 600 rows, fewer than the k=700/],
    [
      'more lists than rows',
      { index_type: 'faiss.IVFFlat', faiss_index_ivf_nlists: '700', sample_size: '1000' },
      /600 rows, fewer than the 700 lists/,
    ],
    ['a target without a type', { dimension_reduction_target: '3' }, /without 'dimension_reduction_type'/],
    [
      'a type without a target',
      { dimension_reduction_type: 'sign' },
      /'dimension_reduction_target' is a required property/,
    ],
    [
      'a target as large as the features',
      { dimension_reduction_type: 'sign', dimension_reduction_target: '10' },
      /must be less than feature_dim/,
    ],
    [
      'codes with another metric',
      { index_type: 'faiss.IVFPQ', index_metric: 'COSINE' },
      /not for index_type 'faiss.IVFPQ'/,
    ],
    ['an odd number of parts', { faiss_index_pq_m: '5' }, /must be one of 1, 2, 3, 4, 8/],
    [
      'a sample beyond memory',
      { sample_size: '2000000000' },
      /an index of 2000000000 rows with 10 numbers needs \d+ GB of memory, more than the/,
    ],
  ];
  for (const [what, more, expected] of refused) {
    test(`${what}: a client error with the numbers`, async () => {
      const { failure } = await train(more);
      assert.match(failure, /^ClientError: /);
      assert.match(failure, expected);
    });
  }

  test('a label that is no class, and numbers beyond 32-bit distances, are client errors', async () => {
    const withRow = (row: string): Promise<TrainingOutcome> =>
      trainInFolder(knn, {
        hyperparameters: { ...basics, k: '1' },
        channels: { train: { contentType: 'text/csv', files: { 'a.csv': Buffer.from(`${row}\n`) } } },
      });
    assert.match(
      (await withRow(`1.5${',1'.repeat(columns)}`)).failure,
      /line 1.*the label is 1.5, but a classifier needs whole numbers/,
    );
    assert.match(
      (await withRow(`1${',1e30'.repeat(columns)}`)).failure,
      /^ClientError: file train\/a\.csv, line 1: the numbers are too large to measure distances in 32 bits: .* 3\.2e\+30$/,
    );
  });
});

test('of labels that equally many neighbors have, that of the nearest is predicted', () => {
  assert.deepEqual(Array.from(predictLabels('classifier', Float32Array.of(2, 1, 1, 2, 3), 5)), [2]);
  assert.deepEqual(Array.from(predictLabels('classifier', Float32Array.of(3, 1, 2, 2, 1, 1), 3)), [3, 1]);
  assert.deepEqual(Array.from(predictLabels('regressor', Float32Array.of(3, 1, 2, 6), 2)), [2, 4]);
});

test('the reservoir gives every row the same chance, however it comes in blocks', () => {
  const counts = new Float64Array(40);
  for (let seed = 0; seed < 2000; seed++) {
    const reservoir = new Reservoir(8, 1, seed);
    for (let first = 0; first < 40; first += 7) {
      const rows = Float32Array.from({ length: Math.min(7, 40 - first) }, (_, row) => first + row);
      reservoir.offer(rows, 1, rows, rows.length);
    }
    assert.equal(reservoir.seen, 40);
    const { rows } = reservoir.take();
    assert.equal(new Set(rows).size, 8);
    for (const row of rows) counts[row] = (counts[row] ?? 0) + 1;
  }
  // Each row is expected 400 times, with a standard deviation of 18.
  for (const count of counts) assert.ok(Math.abs(count - 400) < 80, counts.join());
});

test('shares of hosts are in proportion to their rows and add up', () => {
  assert.deepEqual(sharesOf([100, 300], 100), [25, 75]);
  assert.deepEqual(sharesOf([1, 1, 1], 2), [1, 1, 0]);
  assert.deepEqual(sharesOf([5, 0, 4], 100), [5, 0, 4]);
});

describe('projections', () => {
  const kernels = openKernels({ threads: 2 });
  after(() => kernels.close());
  for (const type of reductions) {
    test(`${type} keeps squared lengths on average, and is the same again for its seed`, () => {
      const width = 300;
      const rows = Float32Array.from(
        { length: 50 * width },
        () => random.normal() * (random.uniform() < 0.1 ? 5 : 0.1),
      );
      let ratio = 0;
      for (let seed = 0; seed < 20; seed++) {
        const reduction = openReduction(kernels, { type, seed, target: 37, columns: width });
        const reduced = reduction.apply(rows.slice());
        assert.deepEqual(reduction.apply(rows.slice()), reduced);
        reduction.release();
        assert.equal(reduced.length, 50 * 37);
        for (let row = 0; row < 50; row++)
          ratio +=
            square(reduced.subarray(row * 37, (row + 1) * 37)) / square(rows.subarray(row * width, (row + 1) * width));
      }
      assert.ok(Math.abs(ratio / 1000 - 1) < 0.05, `mean ratio ${ratio / 1000}`);
    });
  }

  function square(values: Float32Array): number {
    return values.reduce((sum, value) => sum + value * value, 0);
  }
});

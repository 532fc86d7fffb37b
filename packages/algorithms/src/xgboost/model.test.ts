import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { ServingEnvironment } from '../algorithm.ts';
import { encodeRecord } from '../formats/record-writer.ts';
import { decodeRecord } from '../formats/record.ts';
import { framesOf } from '../formats/recordio-frames.ts';
import type { Model } from '../model.ts';
import { modelServer } from '../program/model-server.ts';
import { writeArtifact } from './artifact.ts';
import type { Booster } from './booster.ts';
import { loadXgboost } from './model.ts';

const recordio = 'application/x-recordio-protobuf';

/** Below 1 in feature 0: `low`, else `high`; a missing value is low. One such tree per output. */
function stump(leaves: readonly (readonly [low: number, high: number])[], more: Partial<Booster> = {}): Booster {
  return {
    objective: { name: 'reg:squarederror', parameters: {} },
    baseScore: new Float32Array(leaves.length),
    numFeature: 2,
    numClass: 0,
    attributes: {},
    featureNames: [],
    featureTypes: [],
    ensemble: {
      kind: 'gbtree',
      trees: leaves.map(([low, high]) => ({
        leftChildren: Int32Array.of(1, -1, -1),
        rightChildren: Int32Array.of(2, -1, -1),
        parents: Int32Array.of(0x7fff_ffff, 0, 0),
        splitIndices: new Int32Array(3),
        splitConditions: Float32Array.of(1, low, high),
        defaultLeft: Uint8Array.of(1, 0, 0),
        baseWeights: new Float32Array(3),
        lossChanges: new Float32Array(3),
        sumHessian: new Float32Array(3),
        splitType: new Uint8Array(3),
        categoriesNodes: new Int32Array(0),
        categoriesSegments: new Int32Array(0),
        categoriesSizes: new Int32Array(0),
        categories: new Int32Array(0),
      })),
      treeGroups: Int32Array.from(leaves.keys()),
      iterationStarts: Int32Array.of(0, leaves.length),
      numParallelTree: 1,
      weightDrop: new Float32Array(0),
    },
    ...more,
  };
}

const regression = stump([[-2.5, 4]]);
const binary = stump([[-1, 1]], {
  objective: { name: 'binary:logistic', parameters: {} },
  baseScore: Float32Array.of(0.5),
});
const classes = stump(
  [
    [0, 1],
    [1, 0],
    [0, 0],
  ],
  { objective: { name: 'multi:softprob', parameters: {} }, numClass: 3 },
);
const label = stump(
  [
    [0, 1],
    [1, 0],
    [0, 0],
  ],
  { objective: { name: 'multi:softmax', parameters: {} }, numClass: 3 },
);

function load(boosters: readonly Booster[], environment: ServingEnvironment = {}): Model {
  return loadXgboost(writeArtifact(boosters), environment);
}

function ask(model: Model, body: Uint8Array | string, contentType?: string, accept?: string): string {
  const answer = model.invoke({ contentType, accept, body: Buffer.from(body) });
  return typeof answer.body === 'string' ? answer.body : Buffer.from(answer.body).toString('latin1');
}

describe('requests', () => {
  const model = load([regression]);
  const sparse = { type: 'float32', values: Float32Array.of(3), keys: Float64Array.of(0), shape: [2] } as const;
  const empty = { ...sparse, values: new Float32Array(0), keys: new Float64Array(0) };
  const records = Buffer.concat([sparse, empty].map((values) => encodeRecord({ features: { values }, label: {} })));
  const cases: [string | undefined, Uint8Array | string][] = [
    [undefined, '3,0\n-1,7'],
    ['text/csv', '3,0\n,7\n'],
    ['csv', '3;0\r\nNaN;7\r\n\r\n'],
    ['text/csv; charset=utf-8', '"3"\t0\nnan\t7'],
    ['text/csv;label_size=1', '9,3,0\n9,-1,7'],
    ['text/libsvm', '1 0:3 1:0\n0 1:7'],
    ['text/x-libsvm', '0:3 # a comment\n1:7\n'],
    ['libsvm', '1 qid:4 0:3\n1 qid:4 1:7'],
    ['application/json', '{"instances":[{"features":[3,0]},{"features":[-1,7]}]}'],
    ['application/jsonlines', '{"features":[3,0]}\n{"data":{"features":{"values":[7],"keys":[1],"shape":[2]}}}'],
    [recordio, records],
  ];
  for (const [index, [contentType, body]] of cases.entries())
    test(`${contentType}, form ${index + 1}`, () => assert.equal(ask(model, body, contentType), '4.0\n-2.5'));

  test('a large CSV, with and without empty fields', () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row % 3},${row}.25`);
    const expected = rows.map((_, row) => (row % 3 === 0 ? '-2.5' : '4.0')).join('\n');
    assert.equal(ask(model, rows.join('\n'), 'text/csv'), expected);
    assert.equal(ask(model, rows.join('\n').replaceAll(/^0,/gm, ','), 'text/csv'), expected);
  });
});

describe('responses', () => {
  const rows = '3,0\n-1,7';
  test('one number a row', () => {
    const model = load([regression]);
    assert.equal(ask(model, rows, 'text/csv', 'text/csv'), '4.0\n-2.5');
    assert.equal(
      ask(model, rows, 'text/csv', 'application/json'),
      '{"predictions": [{"score": 4.0}, {"score": -2.5}]}',
    );
    assert.equal(ask(model, rows, 'text/csv', 'application/jsonlines'), '{"score": 4.0}\n{"score": -2.5}\n');
    const body = Buffer.from(ask(model, rows, 'text/csv', recordio), 'latin1');
    const scores = framesOf(body, 'x').map(({ payload }) =>
      Array.from(decodeRecord(payload).label['score']?.values ?? []),
    );
    assert.deepEqual(scores, [[4], [-2.5]]);
    assert.deepEqual(
      model.predict([
        [3, 0],
        [Number.NaN, 7],
      ]),
      [{ score: 4 }, { score: -2.5 }],
    );
  });

  test('several numbers a row', () => {
    const model = load([classes]);
    const [first = '', second = ''] = ask(model, rows).split('\n');
    assert.deepEqual(
      first.split(',').map((text) => Number(text).toFixed(3)),
      ['0.576', '0.212', '0.212'],
    );
    assert.deepEqual(
      second.split(',').map((text) => Number(text).toFixed(3)),
      ['0.212', '0.576', '0.212'],
    );
    assert.match(
      ask(model, rows, 'text/csv', 'application/json'),
      /^\{"predictions": \[\{"score": \[0\.57\d+, 0\.21\d+, 0\.21\d+\]\}, /,
    );
  });

  test('the image of version 0.72 puts CSV on one line; batch transform ends every line', () => {
    assert.equal(ask(load([regression], { RUNG_REPOSITORY: 'xgboost' }), rows), '4.0,-2.5');
    assert.match(ask(load([classes], { RUNG_REPOSITORY: 'xgboost' }), rows), /^\[0\.57\d+, 0\.21\d+, 0\.21\d+\],\[/);
    assert.equal(ask(load([regression], { RUNG_REPOSITORY: 'xgboost', SAGEMAKER_BATCH: 'true' }), rows), '4.0\n-2.5\n');
  });

  test('without an Accept, or with any, the setting decides', () => {
    const model = load([regression], { SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'application/jsonlines' });
    for (const accept of [undefined, '', '*/*'])
      assert.equal(ask(model, rows, 'text/csv', accept), '{"score": 4.0}\n{"score": -2.5}\n');
    assert.equal(ask(model, rows, 'text/csv', 'text/csv'), '4.0\n-2.5');
  });
});

describe('selected outputs', () => {
  const row = '3,0';
  const select = (booster: Booster, names: string, accept = 'application/json'): string =>
    ask(load([booster], { SAGEMAKER_INFERENCE_OUTPUT: names }), row, 'text/csv', accept);

  test('of two classes', () => {
    const { predictions } = JSON.parse(
      select(binary, 'predicted_label, labels,probability,probabilities,raw_score,raw_scores'),
    );
    const [{ probability, probabilities, raw_score: raw, ...rest }] = predictions;
    assert.deepEqual(rest, { predicted_label: 1, labels: [0, 1], raw_scores: probabilities });
    assert.ok(Math.abs(probability - 0.731_058_6) < 1e-6 && raw === probability);
    assert.deepEqual(probabilities, [1 - probability, probability]);
    assert.match(select(binary, 'predicted_label,probabilities', 'text/csv'), /^1,"\[0\.26\d+, 0\.73\d+\]"$/);
  });

  test('of many classes and of numbers', () => {
    const [answer] = JSON.parse(select(classes, 'predicted_label,labels,probability,probabilities')).predictions;
    assert.deepEqual([answer.predicted_label, answer.labels], [0, [0, 1, 2]]);
    assert.equal(answer.probability, Math.max(...answer.probabilities));
    assert.equal(select(regression, 'predicted_score', 'application/jsonlines'), '{"predicted_score": 4.0}\n');
    assert.equal(select(regression, 'predicted_label,predicted_score', 'text/csv'), 'nan,4.0');
  });

  test('an unknown name is refused when the model is loaded', () => {
    assert.throws(() => load([regression], { SAGEMAKER_INFERENCE_OUTPUT: 'probabilty' }), {
      name: 'ClientError',
      message: /names 'probabilty'\. Known: predicted_label/,
    });
  });
});

describe('several models', () => {
  const others = [stump([[0, 5]]), stump([[1, 9]])];
  test('answer with their mean, or with the first alone', () => {
    assert.equal(ask(load([regression, ...others]), '3,0\n-1,7'), '6.0\n-0.5');
    assert.equal(ask(load([regression, ...others], { SAGEMAKER_INFERENCE_ENSEMBLE: 'false' }), '3,0'), '4.0');
  });
  test('vote where the answer is a class', () => {
    const other = {
      ...stump([
        [0, 0],
        [0, 0],
        [1, 1],
      ]),
      objective: label.objective,
      numClass: 3,
    };
    assert.equal(ask(load([label, other, other]), '3,0'), '2.0');
    assert.equal(ask(load([label, other]), '3,0'), '0.0');
  });
  test('must fit together', () => {
    assert.throws(() => load([regression, binary]), {
      name: 'ClientError',
      message: /differ: reg:squarederror and binary:logistic/,
    });
  });
});

test('rounds after the best one do not count', () => {
  const twoRounds = stump(
    [
      [1, 2],
      [10, 20],
    ],
    { baseScore: new Float32Array(1), attributes: { best_iteration: '0' } },
  );
  assert.ok(twoRounds.ensemble.kind === 'gbtree');
  const ensemble = { ...twoRounds.ensemble, treeGroups: new Int32Array(2), iterationStarts: Int32Array.of(0, 1, 2) };
  assert.equal(ask(load([{ ...twoRounds, ensemble }]), '3,0'), '2.0');
  assert.equal(ask(load([{ ...twoRounds, ensemble, attributes: {} }]), '3,0'), '22.0');
});

test('wrong requests have the statuses of the container, and the server goes on', async () => {
  const faults: unknown[] = [];
  const server = modelServer({
    model: load([regression]),
    maxPayloadBytes: 6_291_456,
    onFault: (error) => faults.push(error),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Safe: the server listens on TCP.
  const { port } = server.address() as AddressInfo;
  const call = (body: string, contentType: string, accept = 'text/csv'): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/invocations`, {
      method: 'POST',
      headers: { 'content-type': contentType, accept },
      body,
    });
  const cases: [number, string, string, string?][] = [
    [204, '', 'text/csv'],
    [415, '1,2', 'text/xml'],
    [415, '1,abc', 'text/csv'],
    [415, '1,inf', 'text/csv'],
    [415, '1,2', 'text/csv;label_size=5'],
    [415, '0:1 1:x', 'text/libsvm'],
    [415, '0:1 a:3', 'text/libsvm'],
    [415, 'abcdefgh', recordio],
    [415, '{"instances":', 'application/json'],
    [415, '{"instances":[{"features":["a"]}]}', 'application/json'],
    [400, '1,2,3', 'text/csv'],
    [400, '1,2\n1', 'text/csv'],
    [400, '1 2:1', 'text/libsvm'],
    [400, '{"instances":[{"data":{"features":{"values":[1],"keys":[-1]}}}]}', 'application/json'],
    [406, '1,2', 'text/csv', 'image/png'],
  ];
  for (const [status, body, contentType, accept] of cases) {
    const response = await call(body, contentType, accept);
    const text = await response.text();
    assert.equal(response.status, status, `${body} as ${contentType}: ${text}`);
    if (status === 400)
      assert.match(text, /^Unable to evaluate payload provided: row \d has .* trained with 2 features/);
    else if (status !== 204) assert.ok(text.length > 10);
    assert.equal(await (await call('3,0', 'text/csv')).text(), '4.0');
  }
  assert.deepEqual(faults, []);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Python handlers get and may answer what SageMaker's inference toolkit says; the defaults are its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { type ModelServerUnderTest, startModelServer } from '../testing/model-server.ts';

const found = findPythonEnvironment('science');
const python = 'bin' in found ? join(found.bin, 'python') : '';
const json = 'application/json';

describe('Python handlers', { skip: 'missing' in found ? found.missing : false, concurrency: 3 }, () => {
  let model: Buffer;
  before(() => {
    const program = `
import pickle, sys
from sklearn.linear_model import LinearRegression
pickle.dump(LinearRegression().fit([[0, 0], [1, 0], [0, 1]], [0, 1, 10]), sys.stdout.buffer)`;
    model = execFileSync(python, ['-c', program]);
  });

  async function serve(
    t: TestContext,
    handlers: string | undefined,
    environment: Record<string, string> = {},
  ): Promise<ModelServerUnderTest> {
    const code = handlers === undefined ? {} : { 'model/code/inference.py': handlers };
    const server = startModelServer(
      { 'model/model.pkl': model, ...code },
      { RUNG_PYTHON: python, RUNG_ENVIRONMENT: 'scikit-learn', ...environment },
    );
    t.after(() => server.close());
    await server.logged(/model server listening/);
    return server;
  }

  /** An array as npy or, sparse, as npz. */
  const numpy = (expression: string): Buffer =>
    execFileSync(python, [
      '-c',
      `import io, sys, numpy as np, scipy.sparse as sp\nb = io.BytesIO()\n${expression}\nsys.stdout.buffer.write(b.getvalue())`,
    ]);

  test('without handlers: every content type in and out, alone and many at once', async (t) => {
    const server = await serve(t, undefined);
    const bodies: [type: string, body: string | Buffer][] = [
      ['text/csv', '1,1\n2,0\n'],
      ['text/csv; charset=utf-8', '1,1\r\n2,0'],
      [json, '[[1, 1], [2, 0]]'],
      ['application/jsonlines', '[1, 1]\n[2, 0]\n'],
      ['application/x-npy', numpy('np.save(b, np.array([[1.0, 1], [2, 0]]))')],
      ['application/x-npz', numpy('sp.save_npz(b, sp.csr_matrix([[1.0, 1], [2, 0]]))')],
    ];
    for (const [type, body] of bodies) {
      const { status, text } = await server.ask({ type, body });
      assert.equal(status, 200, `${type}: ${text}`);
      assert.deepEqual(JSON.parse(text).map(Math.round), [11, 2], type);
    }
    const rows = { type: 'text/csv', body: '1,1\n2,0\n' };
    assert.match((await server.ask({ ...rows, accept: 'application/jsonlines' })).text, /^1[01]\.\d+\n[12]\.\d+\n$/);
    assert.match((await server.ask({ ...rows, accept: 'text/csv' })).text, /^1[01]\.\d+\n[12]\.\d+\n$/);
    assert.equal((await server.ask({ ...rows, accept: 'application/x-npy' })).text.slice(1, 6), 'NUMPY');
    assert.equal((await server.ask({ ...rows, accept: 'image/png, text/csv;q=0.5, */*' })).type, 'text/csv');
    assert.equal((await server.ask({ ...rows, accept: 'image/png' })).status, 415);
    assert.equal((await server.ask({ ...rows, type: 'application/octet-stream' })).status, 415);
    assert.equal(
      (await server.ask({ body: numpy('np.save(b, np.array([object()]))'), type: 'application/x-npy' })).status,
      500,
    );
    assert.equal((await server.ask({ body: Buffer.from([0xff, 0xfe]), type: 'text/csv' })).status, 400);
    assert.equal((await server.ask({ body: '', type: 'text/csv' })).status, 500);

    // Requests that come at once are predicted together, and each gets its own answer or failure.
    const values = Array.from({ length: 60 }, (_, index) => index);
    const answers = await Promise.all(
      values.map((value) => server.ask({ type: 'text/csv', body: value === 30 ? '1,2,3' : `${value},${value % 7}` })),
    );
    for (const [value, { status, text }] of answers.entries()) {
      if (value === 30) assert.deepEqual([status, /X has 3 features/.test(text)], [500, true]);
      else assert.ok(Math.abs(JSON.parse(text)[0] - (value + 10 * (value % 7))) < 1e-4, `${value}: ${text}`);
    }
  });

  test('a predict_fn of the user gets what the default input_fn of the toolkit makes', async (t) => {
    const server = await serve(
      t,
      `
import json
def model_fn(folder): return None
def predict_fn(data, model): return [type(data).__name__, str(data.dtype), list(data.shape)]
def output_fn(prediction, accept): return json.dumps(prediction), accept
`,
    );
    const of = async (body: string, type: string): Promise<unknown> =>
      JSON.parse((await server.ask({ body, type })).text);
    assert.deepEqual(await of('1,2,3', 'text/csv'), ['ndarray', 'float32', [3]]);
    assert.deepEqual(await of('1,2\n3,4', 'text/csv'), ['ndarray', 'float32', [2, 2]]);
    assert.deepEqual(await of('1\n2\n3', 'text/csv'), ['ndarray', 'float32', [3]]);
    assert.deepEqual(await of('1,,3', 'text/csv'), ['ndarray', 'float32', [3]]);
    assert.deepEqual(await of('[[1,2,3]]', json), ['ndarray', 'float32', [1, 3]]);
  });

  test('transform_fn, with the context, answers a body with its content type', async (t) => {
    const server = await serve(
      t,
      `
def model_fn(folder, context): return context.system_properties["model_dir"] == folder
def transform_fn(model, body, content_type, accept, context):
    header = context.get_request_header(0, "Content-Type")
    return f"{model} {type(body).__name__} {content_type} {accept} {header}".encode(), "text/plain"
`,
      { SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: 'text/csv' },
    );
    const answer = await server.ask({ body: 'x', type: 'text/csv', accept: '*/*' });
    assert.deepEqual(
      [answer.status, answer.type, answer.text],
      [200, 'text/plain', 'True str text/csv text/csv text/csv'],
    );
    assert.equal((await server.ask({ body: 'x', type: 'image/png' })).text, 'True bytes image/png text/csv image/png');
    assert.equal((await server.ask({ body: 'x' })).text.split(' ')[2], json);
  });

  test('handlers written for the older containers find their modules', async (t) => {
    const server = await serve(
      t,
      `
from sagemaker_containers.beta.framework import content_types, encoders, worker
from sagemaker_inference import decoder, errors
def model_fn(folder): return None
def input_fn(body, content_type):
    if content_type == "text/strange":
        raise errors.UnsupportedFormatError(content_type)
    return decoder.decode(body, content_type)
def predict_fn(data, model): return data * 2
def output_fn(prediction, accept): return worker.Response(encoders.encode(prediction, content_types.CSV), mimetype="text/csv")
`,
    );
    const answer = await server.ask({ body: '[1, 2]', type: json });
    assert.deepEqual([answer.status, answer.type, answer.text], [200, 'text/csv', '2\n4\n']);
    assert.equal((await server.ask({ body: '1', type: 'text/strange' })).status, 415);
  });

  test('batches for handlers that ask for them; the first trace lines of the toolkit stay out of the log', async (t) => {
    const server = await serve(
      t,
      `
import time
MAX_BATCH_SIZE = 4
def model_fn(folder): return None
def predict_fn(data, model):
    time.sleep(0.02)
    if (data == 13).any():
        raise ValueError("unlucky")
    return [[float(row[0]), len(data)] for row in data]
`,
    );
    const answers = await Promise.all(
      [1, 2, 13, 4, 5, 6, 7, 8, 9].map((value) => server.ask({ body: `[[${value}, 0]]`, type: json })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 500, 200, 200, 200, 200, 200, 200],
    );
    assert.ok(answers.some(({ status, text }) => status === 200 && JSON.parse(text)[0][1] > 1));
    assert.match(
      server.log(),
      /predict_fn failed:\nTraceback \(most recent call last\):\n +File ".*inference\.py", line \d/,
    );
    assert.doesNotMatch(server.log(), /rung_serving/);
  });
});

/** Users' own scikit-learn models behind endpoints: without handlers, with them, and with handlers that go wrong. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type Files,
  missingEnvironment,
  type ModelBench,
  openModelBench,
  pythonOf,
  scikitLearn,
} from './serving-models.ts';

const makeModel = `
import joblib, sys
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
X, y = load_iris(return_X_y=True)
joblib.dump(LogisticRegression(max_iter=500).fit(X, y), sys.argv[1])
`;

const setosa = '5.1,3.5,1.4,0.2';
const virginica = '6.3,3.3,6.0,2.5';

describe('a scikit-learn model', { skip: missingEnvironment('scikit-learn'), concurrency: 4 }, () => {
  let bench: ModelBench;
  let folder: string;
  let model: { copyOf: string };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sklearn-'));
    model = { copyOf: join(folder, 'model.joblib') };
    execFileSync(pythonOf('scikit-learn'), ['-c', makeModel, model.copyOf]);
    bench = await openModelBench();
  });
  after(async () => {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is served without handlers, in every content type, one row or many', async () => {
    const { endpoint, status, reason } = await bench.serve('plain', {
      image: scikitLearn,
      files: { 'model.joblib': model },
    });
    assert.equal(status, 'InService', reason);
    assert.deepEqual(await bench.invoke(endpoint, setosa), {
      status: 200,
      text: '[0]',
      contentType: 'application/json',
    });
    const both = `${setosa}\n${virginica}\n`;
    assert.equal((await bench.invoke(endpoint, both)).text, '[0, 2]');
    assert.deepEqual(await bench.invoke(endpoint, both, 'text/csv', 'text/csv'), {
      status: 200,
      text: '0\n2\n',
      contentType: 'text/csv',
    });
    assert.equal((await bench.invoke(endpoint, `[[${setosa}]]`, 'application/json')).text, '[0]');
    assert.equal(
      (await bench.invoke(endpoint, `[${setosa}]\n[${virginica}]`, 'application/jsonlines', 'application/jsonlines'))
        .text,
      '0\n2\n',
    );
    const unknown = await bench.invoke(endpoint, setosa, 'image/png');
    assert.equal(unknown.status, 415);
    const narrow = await bench.invoke(endpoint, '1,2');
    assert.equal(narrow.status, 500);
    assert.match(narrow.text, /^predict_fn failed: ValueError: X has 2 features/);
  });

  test('is served with all handlers, which get what the toolkit gives them, and the packages of requirements.txt', async () => {
    const { endpoint, status, reason } = await bench.serve('handled', {
      image: scikitLearn,
      files: { 'model.joblib': model },
      code: {
        'serve.py': handlers,
        'own/__init__.py': '',
        'own/names.py': 'names = ["setosa", "versicolor", "virginica"]',
        'requirements.txt': 'six\n',
      },
      environment: {
        SAGEMAKER_PROGRAM: 'serve.py',
        SAGEMAKER_REGION: 'us-east-1',
        SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
      },
    });
    assert.equal(status, 'InService', reason);
    assert.deepEqual(await bench.invoke(endpoint, setosa, 'text/csv', 'text/plain'), {
      status: 200,
      text: 'setosa str text/csv text/plain',
      contentType: 'text/plain',
    });
    assert.equal(
      (await bench.invoke(endpoint, Buffer.from([1]), 'application/octet-stream')).text,
      'setosa bytes application/octet-stream application/json',
    );
  });

  test('handlers that go wrong are answered, logged and survived', async () => {
    const { endpoint, status, reason } = await bench.serve('wrong', {
      image: scikitLearn,
      files: { 'model.joblib': model, 'code/inference.py': wrongHandlers },
      environment: { SAGEMAKER_MODEL_SERVER_TIMEOUT: '1', SAGEMAKER_MODEL_SERVER_WORKERS: '1' },
    });
    assert.equal(status, 'InService', reason);
    const say = async (what: string): Promise<[number, string]> => {
      const { status: told, text } = await bench.invoke(endpoint, JSON.stringify(what), 'application/json');
      // A worker that is being replaced may take longer than the time-out of this test.
      return told === 503 ? say(what) : [told, text];
    };
    assert.deepEqual(await say('fine'), [200, '"fine"']);
    assert.deepEqual(await say('throw'), [500, "predict_fn failed: KeyError: 'no such flower'"]);
    assert.deepEqual(await say('leave'), [500, 'predict_fn called sys.exit(4)']);
    assert.deepEqual(await say('garbage'), [
      500,
      'output_fn answered a dict: it must return str, bytes, or a tuple (body, content type)',
    ]);
    assert.deepEqual(await say('hang'), [504, 'The model did not answer within 1 s (SAGEMAKER_MODEL_SERVER_TIMEOUT).']);
    const [crashed, why] = await say('crash');
    assert.equal(crashed, 500);
    assert.match(why, /^The model's worker ended while it worked on the request\. The worker was ended by SIGSEGV\./);
    assert.deepEqual(await say('fine'), [200, '"fine"']);
  });

  const failing: [name: string, files: Files, environment: Record<string, string>, reason: RegExp][] = [
    [
      'nothing-to-load',
      { 'notes.txt': 'a' },
      {},
      /without a model_fn the scikit-learn server wants one \.joblib, \.pkl or \.skops file in the model folder, and it holds notes\.txt\. Put such a file at the top of model\.tar\.gz, or write model_fn\(model_dir\) in code\/inference\.py\./,
    ],
    ['two-to-load', { 'a.pkl': 'a', 'b.pkl': 'b' }, {}, /there are several: a\.pkl, b\.pkl/],
    [
      'throws-at-load',
      { 'code/inference.py': 'def model_fn(folder):\n    raise RuntimeError("weights are for another machine")\n' },
      {},
      /RuntimeError: weights are for another machine/,
    ],
    [
      'broken-code',
      { 'code/inference.py': 'import nothing_like_this\n' },
      {},
      /ModuleNotFoundError: No module named 'nothing_like_this'/,
    ],
    [
      'no-program',
      { 'code/other.py': '' },
      { SAGEMAKER_PROGRAM: 'serve.py' },
      /SAGEMAKER_PROGRAM names serve\.py, and no such file is in .*code \(other\.py\)/,
    ],
    [
      'both-forms',
      {
        'code/inference.py': 'def transform_fn(a, b, c, d): pass\ndef predict_fn(a, b): pass\ndef model_fn(d): pass\n',
      },
      {},
      /Cannot use transform_fn implementation in conjunction with input_fn/,
    ],
  ];
  for (const [name, files, environment, expected] of failing) {
    test(`a model that can never serve fails with a reason to act on: ${name}`, async () => {
      const { status, reason } = await bench.serve(name, { image: scikitLearn, files, environment });
      assert.equal(status, 'Failed');
      assert.match(reason, expected);
    });
  }

  test('links in the model folder: one inside serves, one that leads out is refused', async () => {
    const inside = await bench.serve('link-inside', {
      image: scikitLearn,
      files: { 'versions/1.joblib': model, 'model.joblib': { link: 'versions/1.joblib' } },
    });
    assert.equal(inside.status, 'InService', inside.reason);
    assert.equal((await bench.invoke(inside.endpoint, setosa)).text, '[0]');
    const outside = await bench.serve('link-outside', {
      image: scikitLearn,
      files: { 'model.joblib': { link: '/etc/passwd' } },
    });
    assert.equal(outside.status, 'Failed');
    assert.match(outside.reason, /Failed to download model data .*Symlink "\/etc\/passwd" points outside/s);
  });

  test('handlers that are not there are told when the model is made', async () => {
    const missing = bench.serve('no-code', {
      image: scikitLearn,
      files: {},
      environment: { SAGEMAKER_SUBMIT_DIRECTORY: 's3://nowhere/source.tar.gz' },
    });
    await assert.rejects(
      missing,
      /Could not find the handlers at s3:\/\/nowhere\/source\.tar\.gz, which SAGEMAKER_SUBMIT_DIRECTORY names\./,
    );
  });
});

const handlers = `
import json, os
import joblib
from own.names import names

def model_fn(model_dir, context):
    assert context.system_properties["model_dir"] == model_dir
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(body, content_type):
    return body, content_type

def predict_fn(data, model):
    body, content_type = data
    row = [[float(cell) for cell in body.split(",")]] if isinstance(body, str) else [[5.1, 3.5, 1.4, 0.2]]
    return names[int(model.predict(row)[0])], type(body).__name__, content_type

def output_fn(prediction, accept):
    return " ".join([*prediction, accept])
`;

const wrongHandlers = `
import ctypes, json, sys, time

def model_fn(model_dir):
    return None

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(what, model):
    if what == "throw":
        raise KeyError("no such flower")
    if what == "leave":
        sys.exit(4)
    if what == "hang":
        time.sleep(600)
    if what == "crash":
        ctypes.string_at(0)
    return what

def output_fn(prediction, accept):
    return {"a": 1} if prediction == "garbage" else '"' + prediction + '"'
`;

/** Users' own scikit-learn models behind endpoints: without handlers, with them, and with handlers that go wrong. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { missingEnvironment, type ModelBench, openModelBench, pythonOf, scikitLearn } from './serving-models.ts';

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
});

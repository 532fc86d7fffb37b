/** Programs written for AWS, in Python, run unchanged: only their environment says where the platform is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients');
const skip = 'missing' in python ? python.missing : false;
const dataSet = join(import.meta.dirname, '../data/breast-cancer-wisconsin/data.csv');

describe('Python clients', { skip, concurrency: 2 }, () => {
  let platform: TestPlatform;
  before(async () => (platform = await startPlatform()));
  after(() => platform.close());

  const run = async (program: string): Promise<string> => {
    assert.ok('bin' in python);
    const { code, stdout, stderr } = await runProgram(
      join(python.bin, 'python'),
      [join(import.meta.dirname, 'clients', program), dataSet],
      platform.environment,
    );
    assert.equal(code, 0, `${program} failed:\n${stdout}\n${stderr}`);
    return stdout;
  };

  test('boto3 creates, waits, describes, deploys, invokes, lists and deletes', async () => {
    assert.match(await run('boto3_program.py'), /^done$/m);
  });

  test('the sagemaker SDK v2: KMeans on a record set', async () => {
    assert.match(await run('sagemaker_kmeans.py'), /^done$/m);
  });

  test('the sagemaker SDK v2: XGBoost by the image URI of its versions, with CSV and libsvm', async () => {
    assert.match(await run('sagemaker_xgboost.py'), /^done$/m);
  });

  test('the sagemaker SDK v2: LinearLearner, and Estimator on the image URI', async () => {
    assert.match(await run('sagemaker_linear_learner.py'), /^done$/m);
  });

  test('the sagemaker SDK v2: the other built-in algorithms, by its own class or on the image URI', async () => {
    assert.match(await run('sagemaker_algorithms.py'), /^done$/m);
  });
});

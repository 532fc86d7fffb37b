/** Programs written for AWS's framework images, in Python, through the sagemaker SDK v2: unchanged, only their environment says where the platform is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { environmentsDir, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients');
const skip = 'missing' in python ? python.missing : skipWithout('scikit-learn', 'xgboost');
const dataSet = join(import.meta.dirname, '../data/breast-cancer-wisconsin/data.csv');

describe('script mode through the sagemaker SDK', { skip, concurrency: 2 }, () => {
  let platform: TestPlatform;
  before(async () => (platform = await startPlatform({ environmentsDir })));
  after(() => platform.close());

  for (const [name, program] of [
    ['SKLearn', 'sagemaker_scikit_learn.py'],
    ['XGBoost', 'sagemaker_xgboost_script.py'],
  ] as const) {
    test(`${name}.fit trains with a script of the user's own`, async () => {
      assert.ok('bin' in python);
      const { code, stdout, stderr } = await runProgram(
        join(python.bin, 'python'),
        [join(import.meta.dirname, 'clients', program), dataSet],
        platform.environment,
      );
      assert.equal(code, 0, `${program} failed:\n${stdout}\n${stderr}`);
      assert.match(stdout, /^done$/m);
    });
  }
});

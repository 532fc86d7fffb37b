/** Processing programs written for AWS with the `sagemaker` Python SDK run unchanged: only their environment says where the platform is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { environmentsDir, skipWithout } from './script-jobs.ts';
import { startPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients');
const skip = 'missing' in python ? python.missing : skipWithout('scikit-learn');

test('the sagemaker SDK v2: SKLearnProcessor, ScriptProcessor and FrameworkProcessor', { skip }, async (t) => {
  assert.ok('bin' in python);
  const platform = await startPlatform({ environmentsDir });
  t.after(() => platform.close());
  const { code, stdout, stderr } = await runProgram(
    join(python.bin, 'python'),
    [join(import.meta.dirname, 'clients/sagemaker_processing.py')],
    platform.environment,
  );
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /^done$/m);
});

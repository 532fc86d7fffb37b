/** The sagemaker Python SDK deploys models that were trained elsewhere; its program runs unchanged. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Session } from '@rung/sdk';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { environmentsDir, missingEnvironment, pythonOf } from './serving-models.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients');
const missing = 'missing' in python ? python.missing : false;

describe('the sagemaker SDK v2 deploys', { concurrency: 2 }, () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startPlatform({ environmentsDir });
    // Two programs that make it at once are in each other's way: the SDK looks first, and then makes it.
    await new Session({ stateDir: platform.description.stateDir }).defaultBucket();
  });
  after(() => platform.close());

  for (const framework of ['scikit-learn', 'xgboost']) {
    test(`a ${framework} model with handlers`, { skip: missing || missingEnvironment(framework) }, async () => {
      assert.ok('bin' in python);
      const program = join(import.meta.dirname, 'clients/sagemaker_serving.py');
      const argv = [program, '-', `${framework}=${pythonOf(framework)}`];
      const { code, stdout, stderr } = await runProgram(join(python.bin, 'python'), argv, platform.environment);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      assert.match(stdout, new RegExp(`^${framework} done$`, 'm'));
    });
  }
});

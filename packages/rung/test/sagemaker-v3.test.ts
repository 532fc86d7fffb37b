/** Version 3 of the sagemaker Python SDK: its program runs unchanged, only its environment says where the platform is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Session } from '@rung/sdk';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { environmentsDir, skipWithout } from './script-jobs.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

const python = findPythonEnvironment('clients-v3');
const skip = 'missing' in python ? python.missing : false;

describe('the sagemaker SDK v3', { skip, concurrency: 2 }, () => {
  let platform: TestPlatform;
  before(async () => {
    platform = await startPlatform({ environmentsDir });
    // Two programs that make it at once are in each other's way: the SDK looks first, and then makes it.
    await new Session({ stateDir: platform.description.stateDir }).defaultBucket();
  });
  after(() => platform.close());

  const run = async (part: string): Promise<void> => {
    assert.ok('bin' in python);
    const { code, stdout, stderr } = await runProgram(
      join(python.bin, 'python'),
      [join(import.meta.dirname, 'clients/sagemaker_v3.py'), part],
      platform.environment,
    );
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /^done$/m);
  };

  test('trains a built-in algorithm with ModelTrainer, serves it with the resources Model, EndpointConfig and Endpoint', () =>
    run('built-in'));

  test(
    'trains a script with ModelTrainer and SourceCode, serves it with ModelBuilder',
    { skip: skipWithout('scikit-learn') },
    () => run('script'),
  );
});

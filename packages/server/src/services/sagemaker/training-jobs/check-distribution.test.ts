import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { validRequest } from '../../../controllers/training-jobs/testing/training-fixture.ts';
import { checkDistribution } from './check-distribution.ts';

test('MPI needs mpirun, and over several instances a system where hosts have names', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rung-path-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const request = { ...validRequest('churn'), HyperParameters: { sagemaker_mpi_enabled: 'true' } };
  assert.match(checkDistribution(request, {}, folder).join(), /no mpirun\. Install Open MPI/);
  writeFileSync(join(folder, 'mpirun'), '#!/bin/sh\n');
  chmodSync(join(folder, 'mpirun'), 0o755);
  assert.deepEqual(checkDistribution(request, {}, folder), []);
  const two = {
    ...request,
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2, VolumeSizeInGB: 1 },
  } as const;
  const { getuid } = process;
  t.after(() => Object.assign(process, { getuid }));
  Object.assign(process, { getuid: () => 1000 });
  assert.match(checkDistribution(two, {}, folder).join(), /MPI over several instances needs the process engine/);
  assert.deepEqual(checkDistribution(validRequest('churn'), {}, ''), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadService } from '@rung/wire';
import { findInstanceType, formatMemory } from './instance-type.ts';

for (const shapeName of ['TrainingInstanceType', 'ProductionVariantInstanceType', 'TransformInstanceType']) {
  test(`every name of ${shapeName} is known, with vCPUs and memory`, async () => {
    const shape = (await loadService('sagemaker')).shape(shapeName);
    assert.ok(shape?.type === 'string' && shape.values !== undefined);
    for (const name of shape.values) {
      const type = findInstanceType(name);
      assert.ok(type !== undefined && type.vcpus >= 1 && type.memoryBytes >= 1024 ** 3, name);
    }
  });
}

test('an ordinary size follows the rule of its family', () => {
  const type = findInstanceType('ml.m5.4xlarge');
  assert.deepEqual(type, {
    name: 'ml.m5.4xlarge',
    vcpus: 16,
    memoryBytes: 64 * 1024 ** 3,
    gpus: 0,
    dollarsPerHour: 0.9216,
  });
});

test('sizes that break the rule are known', () => {
  assert.equal(findInstanceType('ml.c4.8xlarge')?.vcpus, 36);
  assert.equal(findInstanceType('ml.c5n.18xlarge')?.memoryBytes, 192 * 1024 ** 3);
  assert.equal(findInstanceType('ml.t3.medium')?.vcpus, 2);
});

test('GPUs are counted, and accelerators of other kinds are not GPUs', () => {
  assert.deepEqual(findInstanceType('ml.p3.16xlarge')?.accelerator, { model: 'NVIDIA V100', count: 8 });
  assert.equal(findInstanceType('ml.p3.16xlarge')?.gpus, 8);
  assert.equal(findInstanceType('ml.trn1.32xlarge')?.gpus, 0);
  assert.equal(findInstanceType('ml.trn1.32xlarge')?.accelerator?.count, 16);
});

test('names that are no instance type are unknown', () => {
  for (const name of [
    'local',
    'ml.m5',
    'm5.large',
    'ml.m5.huge',
    'ml.zz9.large',
    'ml.eia2.medium',
    'ml.geospatial.interactive',
    'ml.constructor.large',
    'ml.m5.large.x',
  ]) {
    assert.equal(findInstanceType(name), undefined, name);
  }
});

test('memory is told in GiB', () => {
  assert.equal(formatMemory(3.75 * 1024 ** 3), '3.8 GiB');
  assert.equal(formatMemory(16 * 1024 ** 3), '16 GiB');
});

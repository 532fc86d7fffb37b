import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Input } from '../instance-spec.ts';
import { relocateDrivers } from './relocate-drivers.ts';

const channel = (name: string): Input => ({
  name,
  uri: `s3://bucket/${name}`,
  type: 'prefix',
  path: `input/data/${name}`,
  distribution: 'replicated',
  transform: 'none',
});

test("the SDK's drivers find the folder that plays /opt/ml, and files of the user's stay as they are", async (t) => {
  const baseDir = mkdtempSync(join(tmpdir(), 'ml-'));
  t.after(() => rmSync(baseDir, { recursive: true }));
  const files = {
    'input/data/sm_drivers/sm_train.sh': 'cd /opt/ml/input/data/code && ls "/opt/ml" /opt/mlx\n',
    'input/data/sm_drivers/scripts/environment.py': 'MODEL = "/opt/ml/model"\n',
    'input/data/sm_drivers/sourcecode.json': '"/opt/ml/model"',
    'input/data/code/train.py': '"/opt/ml/model"',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(baseDir, name)), { recursive: true });
    writeFileSync(join(baseDir, name), text);
  }
  const read = (): string[] => Object.keys(files).map((name) => readFileSync(join(baseDir, name), 'utf8'));
  const spec = { baseDir, inputs: [channel('code'), channel('sm_drivers')], program: { argv: ['bash'] } } as const;

  await relocateDrivers({ ...spec, mountOptMl: true });
  assert.deepEqual(read(), Object.values(files));

  await relocateDrivers({ ...spec, mountOptMl: false });
  assert.deepEqual(read(), [
    `cd ${baseDir}/input/data/code && ls "${baseDir}" /opt/mlx\n`,
    `MODEL = "${baseDir}/model"\n`,
    ...Object.values(files).slice(2),
  ]);
});

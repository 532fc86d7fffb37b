/** Models that need no Python: handlers in TypeScript, and ONNX. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ModelBench, openModelBench } from './serving-models.ts';

describe('a model without Python', { concurrency: 2 }, () => {
  let bench: ModelBench;
  before(async () => (bench = await openModelBench()));
  after(() => bench.close());

  test('handlers in TypeScript', async () => {
    const { endpoint, status, reason } = await bench.serve('typescript', {
      image: 'rung/node',
      files: { 'weights.json': '[1, 2, 3]' },
      code: { 'inference.ts': handlers },
      environment: { SAGEMAKER_PROGRAM: 'inference.ts' },
    });
    assert.equal(status, 'InService', reason);
    assert.deepEqual(await bench.invoke(endpoint, '1,1,1\n0,0,2\n'), {
      status: 200,
      text: '[6,6]',
      contentType: 'application/json',
    });
    assert.equal((await bench.invoke(endpoint, '1,1,1\n', 'text/csv', 'text/csv')).text, '6\n');
  });

  test('an ONNX file by itself', async () => {
    const onnx = { copyOf: join(import.meta.dirname, '../../worker/src/testing/linear.onnx') };
    const { endpoint, status, reason } = await bench.serve('onnx', {
      image: 'rung/onnx',
      files: { 'linear.onnx': onnx },
    });
    assert.equal(status, 'InService', reason);
    assert.equal((await bench.invoke(endpoint, '1,2\n3,4\n')).text, '[[5],[11]]');
  });

  test('neither handlers nor a model', async () => {
    const { status, reason } = await bench.serve('neither', { image: 'rung/onnx', files: { 'readme.txt': 'x' } });
    assert.equal(status, 'Failed');
    assert.match(reason, /the server wants one \.onnx file in the model folder, and there is none/);
  });
});

const handlers = `
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function modelFn(folder: string): number[] {
  return JSON.parse(readFileSync(join(folder, 'weights.json'), 'utf8'));
}

export function predictFn(rows: number[][], weights: number[]): number[] {
  return rows.map((row) => row.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0));
}
`;

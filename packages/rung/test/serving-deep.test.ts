/** Users' own TorchScript and SavedModel files behind endpoints, without handlers. The environments are large: made only where somebody asked for them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findScriptEnvironment } from '../../../tools/script-environments.ts';
import { type ModelBench, openModelBench, pythonOf } from './serving-models.ts';

const aws = '763104351884.dkr.ecr.us-east-1.amazonaws.com';

/** Doubles its first input and adds one: answers can be told by heart. */
const torchModel = `
import sys, torch
class Line(torch.nn.Module):
    def forward(self, x):
        return x[:, :1] * 2 + 1
torch.jit.trace(Line(), torch.zeros(2, 2)).save(sys.argv[1])
`;

const tensorflowModel = `
import sys, tensorflow as tf
class Line(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def line(self, x):
        return {"y": x[:, :1] * 2 + 1}
module = Line()
tf.saved_model.save(module, sys.argv[1], signatures={"serving_default": module.line})
`;

describe('a TorchScript model', { skip: findScriptEnvironment('pytorch') ?? false }, () => {
  const bench = serving();

  test('is served without handlers, and a state dict is refused with what to do', async () => {
    const path = join(bench.folder(), 'model.pt');
    execFileSync(pythonOf('pytorch'), ['-c', torchModel, path]);
    const image = `${aws}/pytorch-inference:2.3-cpu-py311`;
    const { endpoint, status, reason } = await bench
      .open()
      .serve('torch', { image, files: { 'model.pt': { copyOf: path } } });
    assert.equal(status, 'InService', reason);
    assert.deepEqual(JSON.parse((await bench.open().invoke(endpoint, '[[3, 0], [-1, 9]]', 'application/json')).text), [
      [7],
      [-1],
    ]);
    assert.equal((await bench.open().invoke(endpoint, '3,0\n-1,9\n', 'text/csv', 'text/csv')).text, '7.0\n-1.0\n');

    execFileSync(pythonOf('pytorch'), [
      '-c',
      'import sys, torch; torch.save({"weight": torch.ones(2)}, sys.argv[1])',
      path,
    ]);
    const refused = await bench.open().serve('state-dict', { image, files: { 'model.pt': { copyOf: path } } });
    assert.equal(refused.status, 'Failed');
    assert.match(refused.reason, /model\.pt is not TorchScript\. If it holds a state dict, write a model_fn/);
  });
});

describe('a TensorFlow SavedModel', { skip: findScriptEnvironment('tensorflow') ?? false }, () => {
  const bench = serving();

  test("is served without handlers, in TensorFlow Serving's forms of requests and answers", async () => {
    const path = join(bench.folder(), '1');
    execFileSync(pythonOf('tensorflow'), ['-c', tensorflowModel, path], { stdio: ['ignore', 'ignore', 'pipe'] });
    const image = `${aws}/tensorflow-inference:2.16-cpu`;
    const { endpoint, status, reason } = await bench.open().serve('tensorflow', {
      image,
      files: { 'line/1': { copyOf: path } },
    });
    assert.equal(status, 'InService', reason);
    const ask = async (body: string, contentType = 'application/json'): Promise<unknown> =>
      JSON.parse((await bench.open().invoke(endpoint, body, contentType)).text);
    assert.deepEqual(await ask('{"instances": [[3, 0], [-1, 9]]}'), { predictions: [[7], [-1]] });
    assert.deepEqual(await ask('{"instances": [{"x": [3, 0]}]}'), { predictions: [[7]] });
    assert.deepEqual(await ask('{"inputs": [[3, 0]]}'), { outputs: [[7]] });
    assert.deepEqual(await ask('{"inputs": {"x": [[3, 0]]}}'), { outputs: [[7]] });
    assert.deepEqual(await ask('3,0\n-1,9\n', 'text/csv'), { predictions: [[7], [-1]] });
  });
});

/** A platform and a folder for the tests of one `describe`. */
function serving(): { open(): ModelBench; folder(): string } {
  let bench: ModelBench | undefined;
  let folder = '';
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deep-'));
    bench = await openModelBench();
  });
  after(async () => {
    await bench?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    open() {
      assert.ok(bench);
      return bench;
    },
    folder: () => folder,
  };
}

/** The two programs as the platform starts them: real processes, under the container contract. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { serveProgram, trainProgram } from '../index.ts';
import { layOut } from '../testing/training-folder.ts';

const rows = Array.from({ length: 400 }, (_, row) => `${row % 2 === 0 ? 5 : -5},${row / 400}`).join('\n');
const hyperparameters = { k: '2', feature_dim: '2' };
const csv = { contentType: 'text/csv;label_size=0', files: { 'a.csv': Buffer.from(rows) } };

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

let base: string;
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'rung-program-'));
});
after(() => rm(base, { recursive: true, force: true }));

function start(program: string, args: readonly string[], environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [program, ...args], { env: { ...process.env, RUNG_THREADS: '2', ...environment } });
}

async function ended(child: ChildProcess): Promise<Ended> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode, output };
}

async function line(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  let seen = '';
  for await (const chunk of child.stdout ?? []) {
    seen += String(chunk);
    const found = wanted.exec(seen);
    if (found !== null) return found;
  }
  throw new Error(`the program ended without ${wanted}: ${seen}`);
}

describe('train-main', () => {
  test('trains, writes the model and exits with 0', async () => {
    const folder = join(base, 'good');
    await layOut(folder, { hyperparameters, channels: { train: csv, test: csv } });
    const { code, output } = await ended(start(trainProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: folder }));
    assert.equal(code, 0, output);
    assert.match(output, /^#quality_metric: host=algo-1, test msd <loss>=\d/m);
    assert.ok((await stat(join(folder, 'model', 'model_algo-1'))).size > 0);
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'model', 'algorithm.json'), 'utf8')), {
      algorithm: 'kmeans',
      format: 1,
    });
    await assert.rejects(stat(join(folder, 'output', 'failure')));
  });

  test('a wrong hyperparameter ends with 1 and the reason in the failure file, before data is read', async () => {
    const folder = join(base, 'wrong');
    await layOut(folder, { hyperparameters: { ...hyperparameters, k: '1' }, channels: { train: { files: {} } } });
    const { code, output } = await ended(start(trainProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: folder }));
    assert.equal(code, 1);
    const failure = await readFile(join(folder, 'output', 'failure'), 'utf8');
    assert.match(
      failure,
      /^ClientError: Unable to initialize the algorithm\. .*'1' is not valid under any of the given schemas: k must be an integer at least 2$/,
    );
    assert.equal(output, `${failure}\n`);
  });

  test('an algorithm that does not exist is told without a stack', async () => {
    const { code, output } = await ended(start(trainProgram, ['kmean'], { SAGEMAKER_BASE_DIR: base }));
    assert.equal(code, 1);
    assert.match(output, /^there is no built-in algorithm 'kmean'; did you mean 'kmeans'\?/);
    assert.doesNotMatch(output, /    at /);
  });

  test('reads a named pipe, and SIGTERM in the middle of it saves the model so far', async () => {
    const folder = join(base, 'pipe');
    await layOut(folder, {
      hyperparameters: { ...hyperparameters, epochs: '5', mini_batch_size: '50' },
      channels: { train: { ...csv, pipe: true } },
    });
    const pipe = join(folder, 'input', 'data', 'train_0');
    execFileSync('mkfifo', [pipe]);
    const child = start(trainProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: folder });
    const result = ended(child);
    const writer = createWriteStream(pipe);
    // The pipe opens when the program reads it, and the program waits for its end.
    await once(writer, 'open');
    child.kill('SIGTERM');
    writer.end(rows);
    const { code, output } = await result;
    assert.equal(code, 0, output);
    assert.ok((await stat(join(folder, 'model', 'model_algo-1'))).size > 0);
    assert.match(output, /epoch=0/);
    assert.doesNotMatch(output, /epoch=1/);
  });
});

describe('serve-main', () => {
  const folder = (): string => join(base, 'good');

  function ask(
    target: { port: number } | { socketPath: string },
    method: string,
    path: string,
    body?: Uint8Array,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', ...target, method, path, headers: { 'content-type': 'text/csv' } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  test('serves on a port, refuses what is wrong, and ends on SIGTERM', async () => {
    const child = start(serveProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: folder(), SAGEMAKER_BIND_TO_PORT: '0' });
    const result = once(child, 'exit');
    const port = Number((await line(child, /listening on 127\.0\.0\.1:(\d+)/))[1]);
    assert.deepEqual(await ask({ port }, 'GET', '/ping'), { status: 200, text: '' });
    const parameters = JSON.parse((await ask({ port }, 'GET', '/execution-parameters')).text);
    assert.deepEqual(
      { ...parameters, MaxConcurrentTransforms: 0 },
      { MaxConcurrentTransforms: 0, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 },
    );
    assert.match(
      (await ask({ port }, 'POST', '/invocations', Buffer.from('5,0.5'))).text,
      /^\{"predictions": \[\{"closest_cluster": [01]\.0, "distance_to_cluster": 0\.\d+\}\]\}$/,
    );
    assert.equal((await ask({ port }, 'GET', '/invocations')).status, 405);
    assert.equal((await ask({ port }, 'POST', '/ping')).status, 405);
    assert.equal((await ask({ port }, 'GET', '/nothing')).status, 404);
    const six = Buffer.from('5,0.5\n'.repeat(1_048_576));
    assert.equal((await ask({ port }, 'POST', '/invocations', six)).status, 200);
    assert.equal((await ask({ port }, 'POST', '/invocations', Buffer.concat([six, Buffer.from('5,0.5')]))).status, 413);
    assert.equal((await ask({ port }, 'GET', '/ping')).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await result, [0, null]);
  });

  test('serves on a unix socket', async () => {
    const socketPath = join(base, 'model.sock');
    const child = start(serveProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: folder(), RUNG_SOCKET: socketPath });
    const result = once(child, 'exit');
    await line(child, /listening on/);
    assert.equal((await ask({ socketPath }, 'GET', '/ping')).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await result, [0, null]);
  });

  test('a model that is missing or damaged ends the program with the reason', async () => {
    const empty = join(base, 'empty');
    await mkdir(join(empty, 'model'), { recursive: true });
    const missing = await ended(start(serveProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: empty }));
    assert.deepEqual(missing, {
      code: 1,
      output: 'ClientError: the model cannot be loaded: the model has no file model_algo-1\n',
    });
    await writeFile(
      join(empty, 'model', 'model_algo-1'),
      (await readFile(join(folder(), 'model', 'model_algo-1'))).subarray(0, 60),
    );
    const damaged = await ended(start(serveProgram, ['kmeans'], { SAGEMAKER_BASE_DIR: empty }));
    assert.equal(damaged.code, 1);
    assert.match(damaged.output, /model_algo-1 of the model is damaged at offset \d+\n$/);
  });
});

/** The server's own behaviour, shown with handlers in TypeScript: they start fast. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { type ModelServerUnderTest, startModelServer } from '../testing/model-server.ts';

const listening = /model server listening/;

/** Serves handlers, and waits until the model is loaded. */
async function serve(
  t: TestContext,
  handlers: string,
  environment: Record<string, string> = {},
): Promise<ModelServerUnderTest> {
  const server = startModelServer({ 'model/code/inference.ts': handlers }, environment);
  t.after(() => server.close());
  await server.logged(listening);
  return server;
}

/** Answers with what the request asks for: a crash, a hang, garbage, its process … */
const obedient = `
export const modelFn = (folder: string): { folder: string } => ({ folder });
export async function predictFn(data: { do?: string; value?: number }): Promise<unknown> {
  if (data.do === 'throw') throw new RangeError('three is too many');
  if (data.do === 'crash') process.kill(process.pid, 'SIGSEGV');
  if (data.do === 'exit') process.exit(3);
  if (data.do === 'hang') for (;;) ;
  if (data.do === 'wait') {
    console.log("waiting for " + data.value + " ms");
    await new Promise((resolve) => setTimeout(resolve, data.value));
  }
  if (data.do === 'leak') (globalThis as { kept?: Buffer[] }).kept = [...((globalThis as { kept?: Buffer[] }).kept ?? []), Buffer.alloc(data.value ?? 0, 1)];
  return { pid: process.pid };
}
export const outputFn = (prediction: unknown, accept: string): unknown => accept === 'application/garbage' ? prediction : JSON.stringify(prediction);
`;

const ask = (what: object): { body: string; type: string } => ({
  body: JSON.stringify(what),
  type: 'application/json',
});

describe('the model server', { concurrency: 4 }, () => {
  test('answers pings, parameters and what it does not know as the contract says', async (t) => {
    const server = await serve(t, obedient, { SAGEMAKER_MODEL_SERVER_WORKERS: '2' });
    assert.equal((await server.ask({ path: '/ping', method: 'GET' })).status, 200);
    const parameters = await server.ask({ path: '/execution-parameters', method: 'GET' });
    assert.deepEqual(JSON.parse(parameters.text), {
      MaxConcurrentTransforms: 2,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: 6,
    });
    assert.equal((await server.ask({ path: '/ping' })).status, 405);
    assert.equal((await server.ask({ method: 'GET' })).headers['allow'], 'POST');
    assert.equal((await server.ask({ path: '/v1/models/m:predict' })).status, 404);
  });

  test('a handler that throws is answered 500 in a sentence, and its trace is in the log', async (t) => {
    const server = await serve(t, obedient);
    const { status, text } = await server.ask(ask({ do: 'throw' }));
    assert.deepEqual([status, text], [500, 'predictFn failed: RangeError: three is too many']);
    assert.match(server.log(), /predictFn failed:\nRangeError: three is too many\n +at predictFn .*inference\.ts/);
  });

  test('a handler that answers what is no body is told what it must answer', async (t) => {
    const server = await serve(t, obedient);
    const { status, text } = await server.ask({ ...ask({}), accept: 'application/garbage' });
    assert.deepEqual(
      [status, text],
      [500, 'outputFn answered object: it must return a string, a Uint8Array, or a pair [body, content type]'],
    );
  });

  for (const [how, said] of [
    ['crash', /The worker was ended by SIGSEGV\./],
    ['exit', /The worker exited with code 3\./],
  ] as const) {
    test(`a worker that ends (${how}) costs its request an answer of 500, and is replaced`, async (t) => {
      const server = await serve(t, obedient);
      const { status, text } = await server.ask(ask({ do: how }));
      assert.equal(status, 500);
      assert.match(text, said);
      assert.equal((await server.ask(ask({}))).status, 200);
    });
  }

  test('a request that hangs is answered 504, and its worker replaced', async (t) => {
    const server = await serve(t, obedient, { SAGEMAKER_MODEL_SERVER_TIMEOUT: '0.5' });
    const first = JSON.parse((await server.ask(ask({}))).text);
    const { status, text } = await server.ask(ask({ do: 'hang' }));
    assert.deepEqual([status, text], [504, 'The model did not answer within 0.5 s (SAGEMAKER_MODEL_SERVER_TIMEOUT).']);
    // The next one waits for the new worker, and longer than the time-out it need not.
    let after = await server.ask(ask({}));
    for (let tries = 0; after.status === 503 && tries < 20; tries += 1) after = await server.ask(ask({}));
    assert.notEqual(JSON.parse(after.text).pid, first.pid);
  });

  test('when the queue is full, callers are told to come again', async (t) => {
    const server = await serve(t, obedient, { RUNG_MODEL_SERVER_QUEUE: '2' });
    const first = server.ask(ask({ do: 'wait', value: 500 }));
    await server.logged(/waiting for 500 ms/);
    // The worker has one, two more find a place.
    const others = await Promise.all(Array.from({ length: 5 }, () => server.ask(ask({ do: 'wait', value: 1 }))));
    assert.equal((await first).status, 200);
    const busy = others.filter(({ status }) => status === 503);
    assert.equal(busy.length, 3);
    assert.equal(busy[0]?.headers['retry-after'], '1');
    assert.match(busy[0]?.text ?? '', /^The model is overloaded: 2 requests are waiting already\./);
  });

  test('a worker that leaks is replaced above the limit, and no request fails by it', async (t) => {
    const server = await serve(t, obedient, { RUNG_MODEL_SERVER_MAX_MEMORY_MB: '200' });
    const pids = new Set<number>();
    const until = performance.now() + 8000;
    while (pids.size < 2 && performance.now() < until) {
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => server.ask(ask({ do: 'leak', value: 2_000_000 }))),
      );
      for (const { status, text } of answers) {
        assert.equal(status, 200);
        pids.add(JSON.parse(text).pid);
      }
    }
    assert.equal(pids.size, 2, server.log());
    assert.match(server.log(), /A worker uses \d+ MiB of memory: another one takes its place\./);
  });

  test('on SIGTERM it finishes what came in, takes nothing more, and ends with 0', async (t) => {
    const server = await serve(t, obedient);
    const under = [server.ask(ask({ do: 'wait', value: 300 })), server.ask(ask({ do: 'wait', value: 300 }))];
    // Both have arrived when a later request on another connection was answered.
    await server.ask({ path: '/ping', method: 'GET' });
    server.process.kill('SIGTERM');
    assert.deepEqual(
      (await Promise.all(under)).map(({ status }) => status),
      [200, 200],
    );
    assert.equal(await server.ended(), 0);
  });

  test('a killed server leaves no worker behind', async (t) => {
    const server = await serve(t, obedient);
    const { pid } = JSON.parse((await server.ask(ask({}))).text);
    server.process.kill('SIGKILL');
    await server.ended();
    for (let tries = 0; tries < 100 && isAlive(pid); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isAlive(pid), false);
  });

  test('a large body and a large answer pass through whole', async (t) => {
    const server = await serve(
      t,
      `
      export const predictFn = (data: Uint8Array) => data;
      export const outputFn = (data: Uint8Array) => [data.toReversed(), 'application/octet-stream'];
    `,
    );
    const body = Buffer.from(Array.from({ length: 9_000_000 }, (_, index) => 97 + (index % 26)));
    const { status, text, type } = await server.ask({ body, type: 'application/octet-stream' });
    assert.deepEqual([status, type, text.length], [200, 'application/octet-stream', body.length]);
    // Not `equal`: it would print both.
    assert.ok(Buffer.from(body.toReversed()).equals(Buffer.from(text)));
    const tooLarge = await server
      .ask({ body: Buffer.alloc(26 * 1_048_576), type: 'application/octet-stream' })
      .catch(() => undefined);
    assert.ok(tooLarge === undefined || tooLarge.status === 413);
    assert.equal((await server.ask({ path: '/ping', method: 'GET' })).status, 200);
  });

  test('a model that cannot be loaded ends the server with the reason as its last line', async (t) => {
    const cases: [files: Record<string, string>, environment: Record<string, string>, last: RegExp][] = [
      [
        { 'model/weights.bin': '' },
        { RUNG_ENVIRONMENT: 'node' },
        /^The model cannot be loaded: without handlers the server wants one \.onnx file .*code\/inference\.ts with modelFn and predictFn\.$/,
      ],
      [
        { 'model/code/inference.ts': 'export const modelFn = () => { throw new Error("no weights"); };' },
        {},
        /^The model could not be loaded: no weights$/,
      ],
      [
        { 'model/code/inference.ts': 'export const modelFn = ;' },
        {},
        /^The model could not be loaded: .*(Expression expected|Unexpected token)/,
      ],
      [
        { 'model/code/inference.ts': '' },
        { SAGEMAKER_PROGRAM: 'serve.py' },
        /^SAGEMAKER_PROGRAM names serve\.py, and no such file is in .*model\/code \(inference\.ts\)/,
      ],
      [
        {},
        { SAGEMAKER_MODEL_SERVER_WORKERS: 'many' },
        /^SAGEMAKER_MODEL_SERVER_WORKERS is "many": expected a number of at least 1\.$/,
      ],
      [
        {
          'model/code/inference.ts':
            'export const modelFn = () => new Promise((go) => setTimeout(go, 60000)); export const predictFn = () => 1;',
        },
        { SAGEMAKER_STARTUP_TIMEOUT: '0.5' },
        /^The model was not loaded within 0\.5 s \(SAGEMAKER_STARTUP_TIMEOUT\)\.$/,
      ],
    ];
    await Promise.all(
      cases.map(async ([files, environment, last]) => {
        const server = startModelServer(files, environment);
        t.after(() => server.close());
        assert.equal(await server.ended(), 1);
        assert.match(server.log().trimEnd().split('\n').at(-1) ?? '', last);
      }),
    );
  });
});

describe('dynamic batching', { concurrency: 4 }, () => {
  /** Each predict says how many rows it was given. */
  const counting = (more: string): string => `
    ${more}
    export const predictFn = async (rows: number[][]) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (rows.some(([first]) => first === 13)) throw new Error('unlucky');
      return rows.map(([first]) => [first, rows.length]);
    };`;

  const rows = (server: ModelServerUnderTest, values: readonly number[]) =>
    Promise.all(values.map((value) => server.ask({ body: `${value}`, type: 'text/csv' })));

  test('is off for handlers that do not ask for it', async (t) => {
    const server = await serve(t, counting(''));
    const answers = await rows(server, [1, 2, 3, 4]);
    assert.deepEqual(
      answers.map(({ text }) => JSON.parse(text)),
      [[[1, 1]], [[2, 1]], [[3, 1]], [[4, 1]]],
    );
  });

  test('joins what waits, up to the size that the handlers name, and gives each its own answer', async (t) => {
    const server = await serve(t, counting('export const maxBatchSize = 3;'));
    const answers = (await rows(server, [1, 2, 3, 4, 5, 6, 7])).map(({ text }) => JSON.parse(text)[0]);
    assert.deepEqual(
      answers.map(([value]) => value),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.ok(
      answers.some(([, size]) => size === 3) && answers.every(([, size]) => size <= 3),
      JSON.stringify(answers),
    );
  });

  test('a request that fails does not fail the others of its batch', async (t) => {
    const server = await serve(t, counting(''), { RUNG_MODEL_SERVER_MAX_BATCH: '8' });
    const answers = await rows(server, [1, 13, 3, 4]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 500, 200, 200],
    );
    assert.equal(answers[1]?.text, 'predictFn failed: Error: unlucky');
  });

  test('waits for others as long as it is told to', async (t) => {
    const server = await serve(t, counting('export const maxBatchSize = 4; export const maxBatchDelayMs = 300;'));
    const started = performance.now();
    assert.equal(JSON.parse((await server.ask({ body: '1', type: 'text/csv' })).text)[0][1], 1);
    assert.ok(performance.now() - started >= 300);
    // A full batch waits for nobody.
    const again = performance.now();
    const answers = await rows(server, [1, 2, 3, 4]);
    assert.deepEqual(
      answers.map(({ text }) => JSON.parse(text)[0][1]),
      [4, 4, 4, 4],
    );
    assert.ok(performance.now() - again < 290);
  });
});

test('handlers come from SAGEMAKER_SUBMIT_DIRECTORY before the model, and from the unpacked source archive', async (t) => {
  const handlers = (name: string): string => `export const predictFn = () => '${name}';`;
  const files = {
    'model/code/inference.ts': handlers('model'),
    // The helper of training scripts is there for a script that both trains and serves.
    'code/serve.ts': `import { channels } from '@rung/worker/script'; export const predictFn = () => ['archive', ...channels()].join();`,
    'own/inference.ts': handlers('own'),
  };
  const answer = async (environment: Record<string, string>): Promise<string> => {
    const server = startModelServer(files, environment);
    t.after(() => server.close());
    await server.logged(listening);
    return JSON.parse((await server.ask({ body: '1', type: 'text/csv' })).text);
  };
  assert.equal(await answer({}), 'model');
  assert.equal(await answer({ SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/own' }), 'own');
  assert.equal(
    await answer({ SAGEMAKER_SUBMIT_DIRECTORY: 's3://bucket/source.tar.gz', SAGEMAKER_PROGRAM: 'serve.ts' }),
    'archive',
  );
});

test('an ONNX model is served without handlers', async (t) => {
  const onnx = readFileSync(join(import.meta.dirname, '../testing/linear.onnx'));
  const server = startModelServer({ 'model/linear.onnx': onnx }, { RUNG_ENVIRONMENT: 'node' });
  t.after(() => server.close());
  await server.logged(listening);
  assert.equal((await server.ask({ body: '1,2', type: 'text/csv' })).text, '[[5]]');
  assert.equal(
    (await server.ask({ body: '{"instances":[[1,2],[3,4]]}', type: 'application/json', accept: 'text/csv' })).text,
    '5\n11\n',
  );
  const wrong = await server.ask({ body: '[[1,2,3]]', type: 'application/json' });
  assert.deepEqual(
    [wrong.status, wrong.text],
    [400, 'Input rows wants the shape [?, 2], and the request gives [1, 3] with 3 values.'],
  );
  const many = await Promise.all(
    Array.from({ length: 50 }, (_, at) => server.ask({ body: `${at},1`, type: 'text/csv' })),
  );
  assert.deepEqual(
    many.map(({ text }) => JSON.parse(text)[0][0]),
    Array.from({ length: 50 }, (_, at) => at + 2),
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

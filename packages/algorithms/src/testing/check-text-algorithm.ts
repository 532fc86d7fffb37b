/** The contract suite for algorithms that read text: {@link checkAlgorithm} calls it for a sample of sentences. */
import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { loadModel } from '../load-model.ts';
import type { Model, TextPrediction } from '../model.ts';
import { modelServer } from '../program/model-server.ts';
import { checkPipes } from './check-pipes.ts';
import { assertLogged, assertSameModel, succeeded } from './outcomes.ts';
import { gzipped } from './sample-files.ts';
import { trainInFolder, type TrainingOutcome, type TrainingRun } from './training-folder.ts';

export interface TextSample {
  /** Trains on {@link lines} in well under a second. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** The train channel, a sentence per line. */
  readonly lines: readonly string[];
  /** Other channels of a run that logs all {@link metrics}. */
  readonly channels?: Readonly<Record<string, string>>;
  readonly metrics: readonly string[];
  /** What to ask the model. */
  readonly questions: readonly string[];
  /** Keys of one row of a response, in order, as JSON and as JSON Lines. */
  readonly responseKeys: { readonly json: readonly string[]; readonly jsonLines: readonly string[] };
  /** Asserts that the model has learnt what the sample holds. */
  readonly checkQuality: (answers: readonly TextPrediction[], model: Model) => void;
  /** Training data that must be refused, with the message. */
  readonly refused: readonly (readonly [what: string, text: string | Uint8Array, message: RegExp])[];
  /** The same model for any number of threads. Default true; false only where the docs say why. */
  readonly deterministic?: boolean;
}

const json = 'application/json';
const jsonLines = 'application/jsonlines';

export function checkTextTraining(algorithm: Algorithm, sample: TextSample): void {
  const train = (
    files: Record<string, Uint8Array>,
    contentType: string | undefined = 'text/plain',
    more: Partial<TrainingRun> = {},
  ): Promise<TrainingOutcome> => {
    const channel = contentType === '' ? { files } : { contentType, files };
    return trainInFolder(algorithm, {
      hyperparameters: sample.hyperparameters,
      channels: { train: channel },
      threads: 1,
      ...more,
    });
  };
  const text = textFile(sample.lines);

  test('trains from text, and the model has learnt what the data hold', async () => {
    const model = await loadModel((await succeeded(train({ 'a.txt': text }, 'text/plain', { threads: 2 }))).model);
    sample.checkQuality(model.predictText?.(sample.questions) ?? [], model);
    assert.throws(() => model.predict([[1, 2]]), { name: 'ClientError' });
  });

  test('the same text as gzip, two files, with other ends of lines, and without a content type gives the same model', async () => {
    const expected = (await succeeded(train({ 'a.txt': text }))).model;
    const half = Math.floor(sample.lines.length / 2);
    const variants: [Record<string, Uint8Array>, string | undefined][] = [
      [{ 'a.txt.gz': gzipped(text) }, undefined],
      [{ '1.txt': textFile(sample.lines.slice(0, half)), '2.txt': textFile(sample.lines.slice(half)) }, undefined],
      [{ 'a.txt': Buffer.from(text.toString().replaceAll('\n', '\r\n')) }, undefined],
      [{ 'a.txt': text.subarray(0, -1) }, undefined],
      [{ 'a.txt': Buffer.concat([Buffer.from('efbbbf', 'hex'), text]) }, undefined],
      [{ a: text }, ''],
    ];
    for (const [files, contentType] of variants) {
      const { model } = await succeeded(train(files, contentType));
      assertSameModel(model, expected, Object.keys(files).join());
    }
  });

  if (sample.deterministic !== false) {
    test('one seed gives one model for 1, 2 and 3 threads', async () => {
      const models = await Promise.all(
        [1, 2, 3].map(async (threads) => (await succeeded(train({ 'a.txt': text }, undefined, { threads }))).model),
      );
      for (const model of models) assertSameModel(model, models[0] ?? new Map(), 'threads');
    });
  }

  const piped = algorithm.channels.filter(({ inputModes }) => inputModes.includes('Pipe')).map(({ name }) => name);
  const others = Object.entries(sample.channels ?? {}).filter(([name]) => piped.includes(name));
  checkPipes(algorithm, sample.hyperparameters, {
    contentType: 'text/plain',
    channels: { train: text, ...Object.fromEntries(others.map(([name, content]) => [name, Buffer.from(content)])) },
    mistake: [Buffer.concat([text, Buffer.alloc(9)]), /line \d+: there is a byte 0/],
  });

  test('every log line that a metric is scraped from is found by its regex', async () => {
    const others = Object.entries(sample.channels ?? {}).map(
      ([name, content]) => [name, { contentType: 'text/plain', files: { 'a.txt': Buffer.from(content) } }] as const,
    );
    const channels = { train: { contentType: 'text/plain', files: { 'a.txt': text } }, ...Object.fromEntries(others) };
    const { log } = await succeeded(trainInFolder(algorithm, { hyperparameters: sample.hyperparameters, channels }));
    assertLogged(algorithm, sample.metrics, log);
  });

  test('a job that is stopped at once ends well', async () => {
    const { exitCode, failure } = await train({ 'a.txt': text }, undefined, { stopped: true });
    assert.equal(exitCode, 0, failure);
  });

  const refused: (readonly [string, () => Promise<TrainingOutcome>, RegExp])[] = [
    ['an empty file', () => train({ 'a.txt': Buffer.alloc(0) }), /channel train has no words/],
    ['blank lines only', () => train({ 'a.txt': Buffer.from('\n \n\t\n') }), /channel train has no words/],
    [
      'a file of zeros',
      () => train({ 'a.bin': Buffer.concat([text, Buffer.alloc(9)]) }),
      /file train\/a\.bin, line \d+: there is a byte 0/,
    ],
    [
      'a word that is not UTF-8',
      () => train({ 'a.txt': latin1(text) }),
      /file train\/a\.txt, line 2: the word 'caf\u00e9' is not valid UTF-8/,
    ],
    ['a word without an end', () => train({ 'a.txt': Buffer.alloc(3_000_000, 'x') }), /line 1: a word is longer than/],
    [
      'damaged gzip',
      () => train({ 'a.txt.gz': gzipped(text).subarray(0, -12) }),
      /train\/a\.txt\.gz: gzip data is damaged/,
    ],
    ['an unknown content type', () => train({ 'a.txt': text }, 'text/csv'), /text\/csv not supported/],
    ['JSON Lines that are text', () => train({ 'a.jsonl': text }, jsonLines), /a\.jsonl, line 1 is not valid JSON/],
    ['no file', () => train({}), /channel train has no data/],
    ...sample.refused.map(
      ([what, content, message]) => [what, () => train({ 'a.txt': Buffer.from(content) }), message] as const,
    ),
  ];
  for (const [what, run, expected] of refused) {
    test(`${what} is a client error that says where`, async () => {
      const { exitCode, failure, log } = await run();
      assert.equal(exitCode, 1);
      assert.match(failure, /^ClientError: /);
      assert.match(failure, expected);
      assert.ok(!log.some((line) => line.includes('    at ')), 'no stack is printed');
    });
  }

  const odd: [string, Buffer][] = [
    ['one line', textFile(sample.lines.slice(0, 1))],
    ['a line with all words', Buffer.from(sample.lines.join(' '))],
    ['the same line again and again', textFile(sample.lines.map(() => sample.lines[0] ?? ''))],
    [
      'bytes that are no text, without a zero',
      Buffer.from(Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 255) + 1)),
    ],
  ];
  for (const [what, content] of odd) {
    test(`${what}: a model, or a client error`, async () => {
      const { exitCode, failure } = await train({ 'a.txt': content });
      assert.ok(exitCode === 0 || failure.startsWith('ClientError: '), failure);
    });
  }
}

export function checkTextServing(algorithm: Algorithm, sample: TextSample): void {
  describe('serving', { concurrency: false }, () => {
    let server: Server;
    let expected: readonly TextPrediction[] = [];
    const faults: unknown[] = [];
    const { questions } = sample;
    const right = JSON.stringify({ instances: questions });

    before(async () => {
      const channels = { train: { contentType: 'text/plain', files: { 'a.txt': textFile(sample.lines) } } };
      const { model } = await succeeded(
        trainInFolder(algorithm, { hyperparameters: sample.hyperparameters, channels }),
      );
      const loaded = await loadModel(model);
      expected = loaded.predictText?.(questions) ?? [];
      server = modelServer({ model: loaded, maxPayloadBytes: 6 * 1_048_576, onFault: (error) => faults.push(error) });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    after(() => server.close());

    const call = (body: string, contentType: string, accept?: string): Promise<Response> => {
      // Safe: the server listens on TCP.
      const { port } = server.address() as AddressInfo;
      const headers = { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) };
      return fetch(`http://127.0.0.1:${port}/invocations`, { method: 'POST', headers, body });
    };

    for (const accept of [undefined, '*/*', json]) {
      test(`JSON is answered as in-process, with Accept ${accept ?? 'absent'}`, async () => {
        const response = await call(right, json, accept);
        assert.equal(response.headers.get('content-type'), json);
        const rows: unknown = await response.json();
        assert.deepEqual(rows, expected);
        for (const row of expected) assert.deepEqual(Object.keys(row), sample.responseKeys.json);
      });
    }

    test('JSON Lines are answered line by line', async () => {
      const body = questions.map((source) => JSON.stringify({ source })).join('\n');
      const response = await call(body, jsonLines, jsonLines);
      assert.equal(response.headers.get('content-type'), jsonLines);
      const rows = (await response.text())
        .trimEnd()
        .split('\n')
        .map((line): object => JSON.parse(line));
      assert.deepEqual(rows, expected);
      for (const row of rows) assert.deepEqual(Object.keys(row), sample.responseKeys.jsonLines);
    });

    const wrong: [string, number, string, string, string?][] = [
      ['no body', 400, json, ''],
      ['broken JSON', 400, json, '{"instances":'],
      ['JSON of another form', 400, json, '{"inputs":[]}'],
      ['JSON without instances', 400, json, '{"instances":[]}'],
      ['a number as an instance', 400, json, '{"instances":["a",1]}'],
      ['a wrong configuration', 400, json, '{"instances":["a"],"configuration":[1]}'],
      ['k = 0', 400, json, '{"instances":["a"],"configuration":{"k":0}}'],
      ['a line of another form', 400, jsonLines, '{"source":"a"}\n{"text":"a"}'],
      ['a broken line', 400, jsonLines, '{"source":"a"}\n{'],
      ['CSV', 415, 'text/csv', 'a,b'],
      ['text', 415, 'text/plain', 'a b'],
      ['JSON with Accept JSON Lines', 406, json, right, jsonLines],
      ['JSON Lines with Accept JSON', 406, jsonLines, '{"source":"a"}', json],
      ['an unknown Accept', 406, json, right, 'image/png'],
      ['more than 6 MB', 413, json, JSON.stringify({ instances: ['x'.repeat(6 * 1_048_576)] })],
    ];
    for (const [what, status, contentType, body, accept] of wrong) {
      test(`${what}: status ${status} with the reason, and the server goes on`, async () => {
        const response = await call(body, contentType, accept);
        assert.equal(response.status, status);
        assert.ok((await response.text()).length > 10);
        assert.equal((await call(right, json)).status, 200);
        assert.deepEqual(faults, []);
      });
    }

    test('a request of nearly 6 MB, and odd text, are answered', async () => {
      const long = 'some words that go on and on '.repeat(200_000);
      for (const instance of [long, '', ' ', 'caf\u00e9 \u{1f600}', '\u0000', 'a\nb'])
        assert.equal((await call(JSON.stringify({ instances: [instance] }), json)).status, 200);
      assert.deepEqual(faults, []);
    });
  });
}

function textFile(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The second line ends with a word in Latin-1. */
function latin1(text: Buffer): Buffer {
  const end = text.indexOf(10, text.indexOf(10) + 1);
  return Buffer.concat([text.subarray(0, end), Buffer.from(' caf\u00e9'.repeat(9), 'latin1'), text.subarray(end)]);
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AddressInfo } from 'node:net';
import { loadModel } from '../load-model.ts';
import { modelServer } from '../program/model-server.ts';
import { Random } from '../random.ts';
import { checkHyperparameters } from '../testing/check-hyperparameters.ts';
import { checkPipes } from '../testing/check-pipes.ts';
import { succeeded } from '../testing/outcomes.ts';
import { gzipped } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome, type TrainingRun } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { ipInsights } from './index.ts';

/** Each of 40 users has one network of 256 addresses. */
const random = new Random(4);
const networks = Array.from({ length: 40 }, () => [random.below(256), random.below(256), random.below(256)].join('.'));
const pairOf = (user: number): string => `user_${user},${networks[user]}.${random.below(256)}`;
const pairs = Array.from({ length: 1500 }, () => pairOf(random.below(40)));
const file = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
const csv = file(pairs);

const hyperparameters = {
  num_entity_vectors: '97',
  vector_dim: '12',
  epochs: '6',
  mini_batch_size: '100',
  learning_rate: '0.01',
};

function train(
  files: Record<string, Uint8Array>,
  more: Partial<TrainingRun> & { readonly contentType?: string } = {},
): Promise<TrainingOutcome> {
  const { contentType = 'text/csv', ...run } = more;
  return trainInFolder(ipInsights, { hyperparameters, channels: { train: { contentType, files } }, ...run });
}

function assertSame(actual: TrainingOutcome, expected: TrainingOutcome, what: string): void {
  for (const [name, bytes] of expected.model)
    assert.ok(Buffer.from(bytes).equals(actual.model.get(name) ?? new Uint8Array()), `${what}: ${name} differs`);
}

const numbersOf = (rows: unknown): number[] => {
  assert.ok(Array.isArray(rows));
  return rows.map((row: Record<string, unknown>) => Number(row['dot_product']));
};

describe('algorithm ipinsights', { concurrency: false }, () => {
  checkHyperparameters(ipInsights, { hyperparameters });
  checkPipes(ipInsights, hyperparameters, {
    contentType: 'text/csv',
    channels: { train: csv, validation: csv },
    mistake: [file(pairs.with(6, 'user_1,1.2.3')), /line 7, column 2: '1\.2\.3' is not an IPv4 address/],
  });

  test('hyperparameters that do not go together are refused', async () => {
    const refusal = async (more: Record<string, string>): Promise<string> =>
      (await train({ a: csv }, { hyperparameters: { ...hyperparameters, ...more } })).failure;
    const none = { random_negative_sampling_rate: '0', shuffled_negative_sampling_rate: '0' };
    assert.match(await refusal(none), /^ClientError: .*without negative samples there is nothing to learn from/);
    assert.match(await refusal({ num_entity_vectors: '250000000', vector_dim: '128' }), /128 GB, more than the 8 GB/);
    assert.match(await refusal({ num_entity_vectors: '10000000', vector_dim: '128' }), /needs 15\.\d GB of memory/);
  });

  test('usual pairs score above unusual ones, in-process and by every request format', async () => {
    const { model, log } = await succeeded(
      train(
        {},
        {
          channels: {
            train: { contentType: 'text/csv', files: { 'a.csv': csv } },
            validation: { contentType: 'text/csv', files: { 'v.csv': file(networks.map((_, user) => pairOf(user))) } },
          },
        },
      ),
    );
    for (const name of ['train:progress', 'train:throughput', 'train:cross_entropy', 'validation:discriminator_auc']) {
      const metric = ipInsights.metrics.find((candidate) => candidate.name === name);
      const values = log.flatMap((line) => new RegExp(metric?.regex ?? '$^').exec(line)?.[1] ?? []);
      assert.equal(values.length, 6, name);
      if (name === 'validation:discriminator_auc') assert.ok(Number(values.at(-1)) > 0.9, values.join());
    }
    const loaded = await loadModel(model);
    const usual = networks.map((_, user) => pairOf(user));
    const unusual = networks.map((_, user) => `user_${user},${networks[(user + 7) % 40]}.9`);
    const expected = numbersOf(loaded.predictText?.([...usual, ...unusual]));
    const lower = expected.slice(40).filter((score, row) => score < (expected[row] ?? 0)).length;
    assert.ok(lower >= 38, `${lower} of 40`);

    const faults: unknown[] = [];
    const server = modelServer({
      model: loaded,
      maxPayloadBytes: 6 * 1_048_576,
      onFault: (error) => faults.push(error),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Safe: the server listens on TCP.
    const { port } = server.address() as AddressInfo;
    const call = (body: string, contentType: string, accept?: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/invocations`, {
        method: 'POST',
        headers: { 'content-type': contentType, ...(accept === undefined ? {} : { accept }) },
        body,
      });
    try {
      const some = usual.slice(0, 5);
      const values = some.map((line) => line.split(','));
      const requests = [
        ['text/csv', some.join('\n')],
        ['text/csv; charset=utf-8', `${some.map((line) => `"${line.replace(',', '", ')}`).join('\r\n')}\r\n`],
        ['application/json', JSON.stringify({ instances: values.map((features) => ({ features })) })],
        [
          'application/json',
          JSON.stringify({ instances: values.map((own) => ({ data: { features: { values: own } } })) }),
        ],
        ['application/jsonlines', values.map((features) => JSON.stringify({ features })).join('\n')],
      ] as const;
      for (const [contentType, body] of requests) {
        const text = await (await call(body, contentType)).text();
        assert.deepEqual(numbersOf(JSON.parse(text).predictions), expected.slice(0, 5), text);
      }
      const lines = (await (await call(some.join('\n'), 'text/csv', 'application/jsonlines')).text())
        .trim()
        .split('\n');
      assert.deepEqual(numbersOf(lines.map((line) => JSON.parse(line))), expected.slice(0, 5));

      // Safe: checked below, field by field.
      const verbose = (await (await call(some.join('\n'), 'text/csv', 'application/json;verbose=True')).json()) as {
        predictions: { dot_product: number; entity_embedding: number[]; ip_embedding: number[] }[];
      };
      for (const [row, { dot_product, entity_embedding, ip_embedding, ...rest }] of verbose.predictions.entries()) {
        assert.deepEqual(rest, {});
        assert.equal(entity_embedding.length, 12);
        const dot = ip_embedding.reduce((sum, value, at) => sum + value * (entity_embedding[at] ?? 0), 0);
        assert.ok(Math.abs(dot - dot_product) < 1e-5);
        assert.equal(dot_product, expected[row]);
      }

      for (const [status, contentType, body, expectedText, accept] of [
        [400, 'text/csv', 'a,1.2.3', /line 1, column 2: '1\.2\.3' is not an IPv4 address/],
        [400, 'text/csv', 'a,1.2.3.4\nb', /line 2, 1 field, expected 2/],
        [400, 'text/csv', ',1.2.3.4', /column 1: the entity is empty/],
        [400, 'text/csv', '', /no body/],
        [400, 'application/json', '{"instances":', /not valid JSON/],
        [400, 'application/json', '{"inputs":[]}', /"instances"/],
        [400, 'application/json', '{"instances":[]}', /no rows/],
        [400, 'application/json', '{"instances":[{"features":["a"]}]}', /1 features, expected 2/],
        [400, 'application/json', '{"instances":[{"features":["a", 7]}]}', /must be text/],
        [400, 'application/jsonlines', '{"features":["a","1.2.3.4"]}\n{"features":1}', /line 2 must have the form/],
        [415, 'application/x-recordio-protobuf', 'a,1.2.3.4', /not supported/],
        [406, 'text/csv', 'a,1.2.3.4', /not supported/, 'image/png'],
      ] as const) {
        const response = await call(body, contentType, accept);
        const text = await response.text();
        assert.equal(response.status, status, text);
        assert.match(text, expectedText);
        assert.equal((await call(some.join('\n'), 'text/csv')).status, 200);
      }
      assert.deepEqual(faults, []);
    } finally {
      server.close();
    }
  });

  test('the same pairs in other files, and for 1, 2 and 3 threads, give the same model', async () => {
    const expected = await succeeded(train({ 'a.csv': csv }));
    const variants: [string, Promise<TrainingOutcome>][] = [
      ['gzip', train({ 'a.csv.gz': gzipped(csv) })],
      ['two files', train({ '1.csv': file(pairs.slice(0, 700)), '2.csv': file(pairs.slice(700)) })],
      ['other line ends', train({ 'a.csv': Buffer.from(csv.toString().replaceAll('\n', '\r\n')) })],
      ['no last line end', train({ 'a.csv': csv.subarray(0, -1) })],
      ['a label_size of 0', train({ 'a.csv': csv }, { contentType: 'text/csv;label_size=0' })],
      ['1 thread', train({ 'a.csv': csv }, { threads: 1 })],
      ['3 threads', train({ 'a.csv': csv }, { threads: 3 })],
    ];
    for (const [what, outcome] of variants) assertSame(await succeeded(outcome), expected, what);
  });

  test('a training that is interrupted and resumed gives the model of one that is not', async () => {
    const whole = await succeeded(train({ 'a.csv': csv }, { checkpoints: new Map() }));
    const stopped = await succeeded(train({ 'a.csv': csv }, { checkpoints: new Map(), stopAt: /epoch=2, train/ }));
    assert.ok(!stopped.log.some((line) => line.includes('epoch=3')));
    const resumed = await succeeded(train({ 'a.csv': csv }, { checkpoints: stopped.checkpoints }));
    assert.ok(!resumed.log.some((line) => line.includes('epoch=2')));
    assertSame(resumed, whole, 'resumed');
    const other = { ...hyperparameters, learning_rate: '0.5' };
    const refused = await train({ 'a.csv': csv }, { checkpoints: stopped.checkpoints, hyperparameters: other });
    assert.match(refused.failure, /^ClientError: the checkpoint was saved with learning_rate=0\.01/);
  });

  test('a job that is stopped at once ends well', async () => {
    assert.equal((await train({ 'a.csv': csv }, { stopped: true })).failure, '');
  });

  test('two hosts learn one model together, each from its part of the pairs', async () => {
    const run = (lines: readonly string[]): TrainingRun => ({
      hyperparameters,
      channels: {
        train: { contentType: 'text/csv', files: { 'a.csv': file(lines) } },
        validation: { contentType: 'text/csv', files: { 'v.csv': csv } },
      },
    });
    // One host runs out of pairs before the other.
    const outcomes = await trainOnHosts(ipInsights, [run(pairs.slice(0, 900)), run(pairs.slice(900))]);
    for (const { failure } of outcomes) assert.equal(failure, '');
    const [first, second] = outcomes;
    assert.ok(first !== undefined && second !== undefined);
    assertSame(second, first, 'second host');
    const area = first.log
      .findLast((line) => line.includes('discriminator_auc'))
      ?.split('=')
      .at(-1);
    assert.ok(Number(area) > 0.9, area);
  });

  test('every number of layers learns, and a vector of many entities is shared', async () => {
    for (const layers of ['0', '3']) {
      const more = { num_ip_encoder_layers: layers, num_entity_vectors: '7', epochs: '2', vector_dim: '5' };
      const { model, log } = await succeeded(train({ a: csv }, { hyperparameters: { ...hyperparameters, ...more } }));
      const artifact = readArtifact(model);
      assert.equal(artifact.layers.length, Number(layers));
      assert.equal(artifact.entities.length, 35);
      const losses = log.flatMap((line) => /cross_entropy <loss>=(\S+)/.exec(line)?.[1] ?? []).map(Number);
      assert.ok((losses[1] ?? 9) < (losses[0] ?? 0), losses.join());
    }
  });

  test('data that are no pairs are client errors, and one pair is enough', async () => {
    for (const [bytes, expected, contentType] of [
      [file(['user,ip', ...pairs]), /train\/a, line 1, column 2: 'ip' is not an IPv4 address.*header/],
      [file(pairs.with(6, 'user_1,1.2.3.4.5')), /train\/a, line 7, column 2: '1\.2\.3\.4\.5' is not an IPv4 address/],
      [file(pairs.with(6, 'user_1')), /line 7: 1 field, expected 2/],
      [file(pairs.with(6, ',1.2.3.4')), /line 7, column 1: the entity is empty/],
      [Buffer.alloc(0), /channel train holds no rows/],
      [csv, /content type application\/json is not supported/, 'application/json'],
      [csv, /label_size=1, but its rows have no label/, 'text/csv;label_size=1'],
      [gzipped(csv).subarray(0, -12), /gzip data is damaged/],
    ] as const) {
      const { failure } = await train({ a: bytes }, contentType === undefined ? {} : { contentType });
      assert.match(failure, /^ClientError: /);
      assert.match(failure, expected);
    }
    await succeeded(train({ a: file(pairs.slice(0, 1)) }));
    assert.match((await trainInFolder(ipInsights, { hyperparameters, channels: {} })).failure, /'train' is required/);
  });
});

/** The model server over a trained model: every format, wrong requests, and that it keeps serving. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Algorithm } from '../algorithm.ts';
import { framesOf } from '../formats/recordio-frames.ts';
import { decodeRecord } from '../formats/record.ts';
import { loadModel } from '../load-model.ts';
import type { PredictionRow } from '../model.ts';
import { modelServer } from '../program/model-server.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { succeeded } from './outcomes.ts';
import { csvFile, recordioFile, sampleFormat } from './sample-files.ts';
import { trainInFolder } from './training-folder.ts';

const recordio = 'application/x-recordio-protobuf';

export function checkServing(algorithm: Algorithm, sample: AlgorithmSample): void {
  const features = sample.rows.features.slice(0, 7);
  const csv = csvFile({ features }).toString();
  const collection = sample.collection ?? 'predictions';
  const takesCsv = sample.csvType !== undefined;
  const json = (rows: readonly (readonly number[])[]): string =>
    JSON.stringify({ instances: rows.map((row) => ({ features: row })) });
  /** A request that every algorithm answers. */
  const [plainType, plain] = takesCsv ? ['text/csv', csv] : ['application/json', json(features)];

  describe('serving', { concurrency: false }, () => {
    let server: Server;
    let expected: readonly PredictionRow[] = [];
    const faults: unknown[] = [];

    before(async () => {
      const { contentType, file, encode } = sampleFormat(sample);
      const { model } = await succeeded(
        trainInFolder(algorithm, {
          hyperparameters: sample.hyperparameters,
          channels: { train: { contentType, files: { [file]: encode(sample.rows) } } },
        }),
      );
      const loaded = await loadModel(model);
      expected = loaded.predict(features);
      server = modelServer({ model: loaded, maxPayloadBytes: 6 * 1_048_576, onFault: (error) => faults.push(error) });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    after(() => server.close());

    const call = (body: Uint8Array | string, contentType: string, accept?: string): Promise<Response> => {
      // Safe: the server listens on TCP.
      const { port } = server.address() as AddressInfo;
      const headers = {
        ...(contentType === '' ? {} : { 'content-type': contentType }),
        ...(accept === undefined ? {} : { accept }),
      };
      return fetch(`http://127.0.0.1:${port}/invocations`, {
        method: 'POST',
        headers,
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
    };

    test('a prediction has the documented keys', () => {
      for (const row of expected) assert.deepEqual(Object.keys(row), sample.responseKeys);
    });

    const csvRequests: [string, string, Uint8Array | string][] = [
      ['CSV', 'text/csv', csv],
      ['CSV with charset', 'text/csv; charset=utf-8', csv.trimEnd()],
      ['CSV with a label', 'text/csv;label_size=1', csvFile({ features, labels: features.map(() => 1) })],
    ];
    const requests: [string, string, Uint8Array | string][] = [
      ...(takesCsv ? csvRequests : []),
      ['JSON features', 'application/json', json(features)],
      [
        'JSON data',
        'application/json',
        JSON.stringify({ instances: features.map((row) => ({ data: { features: { values: row } } })) }),
      ],
      ['sparse JSON', 'application/json', JSON.stringify({ instances: features.map(sparseInstance) })],
      [
        'JSON with a configuration',
        'application/json',
        JSON.stringify({ instances: features.map(sparseInstance), configuration: { any: 1 } }),
      ],
      ['JSON Lines', 'application/jsonlines', features.map((row) => JSON.stringify({ features: row })).join('\n')],
      [
        'sparse JSON Lines',
        'application/jsonlines; charset=utf-8',
        `${features.map((row) => JSON.stringify(sparseInstance(row))).join('\r\n')}\n\n`,
      ],
      ['recordio', recordio, recordioFile({ features })],
      ['sparse recordio', recordio, recordioFile({ features }, true)],
    ];
    for (const [what, contentType, body] of requests) {
      test(`${what} is answered as in-process`, async () => {
        const response = await call(body, contentType);
        const text = await response.text();
        assert.equal(response.status, 200, text);
        assert.equal(response.headers.get('content-type'), 'application/json');
        assertRows(JSON.parse(text)[collection], expected);
      });
    }

    for (const accept of ['*/*', 'application/json', 'text/html, application/json;q=0.9', 'application/*;q=0.5'])
      test(`with Accept ${accept} the answer is JSON as SageMaker spaces it`, async () => {
        const response = await call(plain, plainType, accept);
        assert.equal(response.headers.get('content-type'), 'application/json');
        const value = String.raw`(-?[\d.]+(e[-+]\d+)?|\[.*\])`;
        const row = sample.responseKeys.map((key) => `"${key}": ${value}`).join(', ');
        assert.match(await response.text(), new RegExp(`^\\{"${collection}": \\[(\\{${row}\\}(, )?){7}\\]\\}$`));
      });

    test('JSON Lines, CSV and recordio responses hold the same numbers', async () => {
      const inLines = await call(plain, plainType, 'application/jsonlines');
      assert.equal(inLines.headers.get('content-type'), 'application/jsonlines');
      const lines = (await inLines.text()).trimEnd().split('\n');
      assertRows(
        lines.map((line) => JSON.parse(line)),
        expected,
      );
      const inTable = await call(plain, plainType, 'text/csv');
      assert.equal(inTable.headers.get('content-type'), 'text/csv');
      const table = (await inTable.text()).trimEnd().split('\n');
      assertClose(
        table.map((line) => line.split(',').map(Number)),
        expected.map((row) => Object.values(row).flat()),
      );
      const inRecords = await call(plain, plainType, recordio);
      assert.equal(inRecords.headers.get('content-type'), recordio);
      const records = framesOf(Buffer.from(await inRecords.arrayBuffer()), 'response');
      const labels = records.map(({ payload }) => decodeRecord(payload).label);
      for (const label of labels) assert.deepEqual(Object.keys(label), sample.responseKeys);
      assertClose(
        labels.map((label) => Object.values(label).flatMap((tensor) => Array.from(tensor.values))),
        expected.map((row) => Object.values(row).flat()),
      );
    });

    const wrongCsv: [string, number, string, Uint8Array | string, string?][] = [
      ['too few features in CSV', 400, 'text/csv', (features[0] ?? []).slice(1).join(',')],
      ['too many features in CSV', 400, 'text/csv', [...(features[0] ?? []), 1].join(',')],
      ['a second row of CSV that is wrong', 400, 'text/csv', `${csv}1\n`],
      ['text in a number', 400, 'text/csv', csv.replace(/^[^,]*/, 'abc')],
      ['NaN', 400, 'text/csv', csv.replace(/^[^,]*/, 'nan')],
    ];
    const wrong: [string, number, string, Uint8Array | string, string?][] = [
      ...(takesCsv ? wrongCsv : []),
      ['too few features', 400, 'application/json', json([(features[0] ?? []).slice(1)])],
      ['too many features', 400, 'application/json', json([[...(features[0] ?? []), 1]])],
      ['a second row that is wrong', 400, 'application/json', json([...features.slice(0, 1), [1]])],
      ['no body', 400, plainType, ''],
      ['broken JSON', 400, 'application/json', '{"instances":'],
      ['JSON of another form', 400, 'application/json', '{"inputs":[]}'],
      ['JSON without rows', 400, 'application/json', '{"instances":[]}'],
      ['text in JSON', 400, 'application/json', '{"instances":[{"features":["a"]}]}'],
      ['a number beyond 32 bits in JSON', 400, 'application/json', json(features).replace(/\d+/, '1e99')],
      ['truncated recordio', 400, recordio, recordioFile({ features }).subarray(0, -3)],
      ['recordio damaged in the middle', 400, recordio, recordioFile({ features }).fill(0xff, 90, 120)],
      ['too few features in recordio', 400, recordio, recordioFile({ features: features.map((row) => row.slice(1)) })],
      ['NaN in recordio', 400, recordio, recordioFile({ features: [(features[0] ?? []).with(1, Number.NaN)] })],
      ['a key out of range', 400, 'application/json', sparseJson([1], [123_456])],
      ['a negative key', 400, 'application/json', sparseJson([1], [-1])],
      ['a key without a value', 400, 'application/json', sparseJson([1], [0, 1])],
      ['a body of more than 6 MB', 413, plainType, Buffer.alloc(6 * 1_048_576 + 1, plain)],
      ['an unknown content type', 415, 'text/xml', '<a/>'],
      ['no content type', 415, '', Buffer.from(plain)],
      ['an unknown Accept', 406, plainType, plain, 'image/png'],
    ];
    if (!takesCsv) wrong.push(['CSV', 415, 'text/csv', csv]);
    for (const [what, status, contentType, body, accept] of wrong) {
      test(`${what}: status ${status} with the reason, and the server goes on`, async () => {
        const response = await call(body, contentType, accept);
        assert.equal(response.status, status);
        assert.ok((await response.text()).length > 10);
        assert.equal((await call(plain, plainType)).status, 200);
        assert.deepEqual(faults, []);
      });
    }

    test('a request of 6 MB is answered row by row', async () => {
      // Spaces make it long: how quickly many rows are predicted is another matter.
      const line = JSON.stringify({ features: features[0] }).padEnd(999);
      const count = Math.floor((6 * 1_048_576) / 1000);
      const response = await call(`${line}\n`.repeat(count), 'application/jsonlines', 'application/jsonlines');
      assert.equal(response.status, 200);
      const lines = (await response.text()).trimEnd().split('\n');
      assert.equal(lines.length, count);
      assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), expected[0]);
      assert.deepEqual(faults, []);
    });
  });
}

function sparseJson(values: readonly number[], keys: readonly number[]): string {
  return JSON.stringify({ instances: [{ data: { features: { values, keys } } }] });
}

function sparseInstance(row: readonly number[]): object {
  const keys = Array.from(row.keys()).filter((column) => row[column] !== 0);
  return { data: { features: { keys, values: keys.map((column) => row[column]), shape: [row.length] } } };
}

function assertRows(actual: unknown, expected: readonly PredictionRow[]): void {
  assert.ok(Array.isArray(actual) && actual.length === expected.length);
  for (const [index, row] of expected.entries()) assert.deepEqual(actual[index], row);
}

/** Recordio carries 32 bits, and in-process callers may get more. */
function assertClose(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  assert.equal(actual.length, expected.length);
  for (const [row, numbers] of expected.entries()) {
    assert.equal(actual[row]?.length, numbers.length);
    for (const [at, value] of numbers.entries())
      assert.ok(Math.abs((actual[row]?.[at] ?? Number.NaN) - value) <= 1e-6 * Math.max(1, Math.abs(value)));
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytesSource } from '../formats/byte-source.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { PairBatches } from './pair-batches.ts';
import { entityNumber, parseAddress, parsePairLine } from './pair.ts';
import { readPairs } from './read-pairs.ts';

const vectors = 100_000;

function channelOf(...texts: string[]): DataChannel {
  return {
    name: 'train',
    contentType: { type: 'text/csv', parameters: {} },
    sources: async function* () {
      for (const [index, text] of texts.entries()) yield bytesSource(`train/${index}.csv`, Buffer.from(text));
    },
  };
}

async function read(...texts: string[]): Promise<[number, number][]> {
  const pairs: [number, number][] = [];
  for await (const { entities, addresses } of readPairs(channelOf(...texts), 0, { vectors, most: 1000 }))
    for (const [at, entity] of entities.entries()) pairs.push([entity, addresses[at] ?? 0]);
  return pairs;
}

test('an address is four numbers from 0 to 255', () => {
  assert.equal(parseAddress('192.0.2.1'), 0xc0000201);
  assert.equal(parseAddress('255.255.255.255'), 0xffffffff);
  assert.equal(parseAddress('0.0.0.0'), 0);
  for (const text of [
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.',
    'a.b.c.d',
    '::1',
    '',
    '1.2.3.4 ',
  ])
    assert.equal(parseAddress(text), undefined, text);
});

test('a line is an entity and an address; quotes may hold commas, and blanks around both do not count', () => {
  const address = 0x01020304;
  for (const [line, entity] of [
    ['ann,1.2.3.4', 'ann'],
    [' ann , 1.2.3.4 ', 'ann'],
    ['"ann",1.2.3.4', 'ann'],
    ['"a ""b"", c","1.2.3.4"', 'a "b", c'],
    ['Zoë,1.2.3.4', 'Zoë'],
    ['17,1.2.3.4', '17'],
  ] as const)
    assert.deepEqual(parsePairLine(line), { entity, address }, line);
});

test('the quick way and the thorough one read the same', async () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/[",\s\p{C}]/u.test(text));
  const number = fc.integer({ min: 0, max: 255 });
  const pair = fc.tuple(word, number, number, number, number);
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 30 }), fc.boolean(), async (rows, carriage) => {
      const end = carriage ? '\r\n' : '\n';
      const plain = rows.map(([entity, ...address]) => `${entity},${address.join('.')}${end}`).join('');
      const quoted = rows.map(([entity, ...address]) => `"${entity}", ${address.join('.')}${end}`).join('');
      const expected = rows.map(([entity, a, b, c, d]) => [
        entityNumber(entity, vectors),
        ((a * 256 + b) * 256 + c) * 256 + d,
      ]);
      assert.deepEqual(await read(plain), expected);
      assert.deepEqual(await read(`\ufeff${quoted}`, end), expected);
      assert.deepEqual(await read(plain.trimEnd()), expected);
    }),
    { numRuns: 100 },
  );
});

test('text longer than a piece that is read, and more pairs than are handed on together', async () => {
  const text = Array.from({ length: 70_000 }, (_, row) =>
    `a-rather-long-name-${row},10.0.${row >> 8}.${row & 255}\n`.replace(/\.\d+(\.\d+)\n/, '.7$1\n'),
  ).join('');
  const pairs = await read(text);
  assert.equal(pairs.length, 70_000);
  assert.deepEqual(pairs[69_999], [entityNumber('a-rather-long-name-69999', vectors), 0x0a000700 + (69_999 & 255)]);
});

test('a line that is no pair is told with file, line and value', async () => {
  for (const [text, expected] of [
    ['a,1.2.3.4\nb,1.2.3.400\n', /^file train\/0\.csv, line 2, column 2: '1\.2\.3\.400' is not an IPv4 address/],
    ['user,ip\na,1.2.3.4\n', /line 1, column 2: 'ip' is not an IPv4 address.*header/],
    ['a,1.2.3.4\n\n,1.2.3.4\n', /line 3, column 1: the entity is empty/],
    ['a,1.2.3.4\nb\n', /line 2: 1 field, expected 2/],
    ['a,1.2.3.4,1\n', /line 1: 3 fields, expected 2/],
    ['a,1.2.3.4\nb,\n', /line 2, column 2: '' is not an IPv4 address/],
    ['', /holds no rows/],
    ['\n \n', /holds no rows/],
  ] as const)
    await assert.rejects(read(text), { name: 'ClientError', message: expected });
});

test('an epoch has every pair once, in an order of its own, whether the pairs are kept or read again', async () => {
  const text = Array.from({ length: 100 }, (_, row) => `e${row},0.0.0.${row}\n`).join('');
  const orderOf = async (batches: PairBatches, epoch: number): Promise<number[]> => {
    const order: number[] = [];
    for await (const { addresses } of batches.epoch(epoch)) order.push(...addresses);
    return order;
  };
  for (const chunkPairs of [1000, 100, 30]) {
    const options = { vectors, batchPairs: 7, seed: 5, chunkPairs };
    const batches = new PairBatches(channelOf(text), options);
    const first = await orderOf(batches, 0);
    const second = await orderOf(batches, 1);
    assert.notDeepEqual(first, second);
    for (const order of [first, second])
      assert.deepEqual(
        order.toSorted((a, b) => a - b),
        Array.from({ length: 100 }, (_, row) => row),
      );
    // As after an interruption.
    assert.deepEqual(await orderOf(new PairBatches(channelOf(text), options), 1), second);
  }
});

test('the area under the curve counts pairs of scores, and ties half', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 }),
      (positives, negatives) => {
        let won = 0;
        for (const a of positives) for (const b of negatives) won += a > b ? 1 : a === b ? 0.5 : 0;
        const area = areaUnderCurve(Float32Array.from(positives), Float32Array.from(negatives));
        assert.ok(Math.abs(area - won / positives.length / negatives.length) < 1e-12);
      },
    ),
  );
});

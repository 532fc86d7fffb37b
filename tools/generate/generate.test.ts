import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compact, formatModel } from './compact.ts';
import { emitTypes } from './emit-types.ts';

const service = {
  metadata: { serviceFullName: 'Amazon Kettle', protocol: 'json', uid: 'dropped' },
  operations: {
    Boil: {
      name: 'Boil',
      documentation: 'dropped',
      http: { method: 'POST', requestUri: '/' },
      input: { shape: 'BoilRequest' },
      output: { shape: 'BoilResponse' },
    },
    Rest: { name: 'Rest', http: { method: 'POST', requestUri: '/' } },
  },
  shapes: {
    BoilRequest: {
      type: 'structure',
      documentation: 'dropped',
      required: ['Mode', 'documentation'],
      members: {
        Mode: { shape: 'Mode', documentation: 'dropped' },
        documentation: { shape: 'Text' },
        Body: { shape: 'Bytes' },
        Moments: { shape: 'Moments' },
        'odd-name': { shape: 'Table' },
        Inner: { shape: 'Date' },
      },
      payload: 'Body',
    },
    BoilResponse: { type: 'structure', members: {} },
    Mode: { type: 'string', enum: ['slow', 'fast'] },
    Text: { type: 'string', max: 3 },
    Bytes: { type: 'blob' },
    Moments: { type: 'list', member: { shape: 'Moment' } },
    Moment: { type: 'timestamp' },
    Table: { type: 'map', key: { shape: 'Text' }, value: { shape: 'Moments' } },
    Date: { type: 'structure', members: { Day: { shape: 'Number' } } },
    Number: { type: 'integer' },
    Unreached: { type: 'string' },
  },
};

test('a compact model keeps what is reached and read, and members that are named like dropped traits', () => {
  const model = compact(service, {}, {});
  assert.equal(model.shapes['Unreached'], undefined);
  assert.ok(!formatModel(model).includes('dropped'));
  assert.deepEqual(Object.keys(model.shapes['BoilRequest']?.members ?? {}).includes('documentation'), true);
  assert.deepEqual(JSON.parse(formatModel(model)), model);
});

test('types tell what is required, what is streamed, and keep clear of the names of the language', () => {
  const text = emitTypes('kettle', compact(service, {}, {}));
  const expected = [
    'export interface KettleOperations {\n  Boil: { input: BoilRequest; output: BoilResponse };\n  Rest: { input: Record<string, never>; output: Record<string, never> };\n}',
    'export type BoilResponse = Record<string, never>;',
    'export type Mode =\n  | "slow"\n  | "fast";',
    '  Mode: Mode;\n  documentation: string;\n  Body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;',
    '  Moments?: readonly Date[] | undefined;\n  "odd-name"?: Readonly<Record<string, readonly Date[]>> | undefined;\n  Inner?: DateShape | undefined;',
    'export interface DateShape {\n  Day?: number | undefined;\n}',
  ];
  for (const part of expected) assert.ok(text.includes(part), part);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { xgboostModel } from './model.ts';
import { readModel, writeModel } from './model-file.ts';

interface Fixture {
  /** null: missing. */
  readonly rows: readonly (number | null)[][];
  /** By version and kind: the file in base64, and what it answers to the rows. */
  readonly models: Readonly<Record<string, { readonly model: string; readonly answers: readonly number[] }>>;
}

// Made by testing/binary-models.py. Safe: what it prints.
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, 'testing/binary-models.json'), 'utf8')) as Fixture;
const rows = fixture.rows.map((row) => row.map((value) => value ?? Number.NaN));

for (const [name, { model, answers }] of Object.entries(fixture.models)) {
  test(`a binary model of XGBoost ${name} answers as it did there, and as a model of today`, () => {
    const booster = readModel(Buffer.from(model, 'base64'), 'xgboost-model');
    assert.deepEqual(booster.attributes['best_iteration'], '2');
    for (const own of [booster, readModel(writeModel(booster), 'again')]) {
      const ours = xgboostModel([own])
        .predict(rows)
        .flatMap(({ score }) => score ?? []);
      assert.equal(ours.length, answers.length);
      for (const [at, answer] of answers.entries())
        assert.ok(
          Math.abs((ours[at] ?? Number.NaN) - answer) <= 1e-6 * Math.max(1, Math.abs(answer)),
          `${at}: ${ours.join()}, not ${answers.join()}`,
        );
    }
  });
}

test('any damage of a binary model is a ClientError that names the file, and nothing worse', () => {
  const file = Buffer.from(fixture.models['1.7.6 dart']?.model ?? '', 'base64');
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const copy = Buffer.from(cut ? file.subarray(0, at) : file);
      if (!cut) copy[at] = byte;
      try {
        readModel(copy, 'bad');
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.equal(error.name, 'ClientError', error.stack);
        assert.match(error.message, /^file bad /);
      }
    }),
    { numRuns: 2000 },
  );
});

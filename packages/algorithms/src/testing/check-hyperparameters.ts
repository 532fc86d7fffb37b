/** Negative tests, generated from the table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { validateHyperparameters } from '../hyperparameters/validate.ts';
import type { Hyperparameter } from '../hyperparameters/table.ts';
import type { AlgorithmSample } from './check-algorithm.ts';

export function checkHyperparameters(algorithm: Algorithm, sample: Pick<AlgorithmSample, 'hyperparameters'>): void {
  const validate = (given: Record<string, string>): Promise<void> => validateHyperparameters(algorithm.name, given);

  test('the hyperparameters of the sample are valid', () => validate(sample.hyperparameters));

  test('an unknown hyperparameter is refused, and the nearest name suggested', async () => {
    const name = Object.keys(algorithm.hyperparameters)[0] ?? '';
    await assert.rejects(validate({ ...sample.hyperparameters, [`${name}s`]: '1' }), (error: Error) => {
      assert.match(error.message, new RegExp(`Additional properties are not allowed \\('${name}s' was unexpected\\)`));
      assert.match(error.message, new RegExp(`Did you mean '${name}'`));
      return true;
    });
  });

  for (const [name, entry] of Object.entries(algorithm.hyperparameters)) {
    const wrong = wrongValues(entry);
    if (wrong.length > 0) {
      test(`${name} is refused as ${wrong.join(', ')}`, async () => {
        for (const value of wrong) {
          await assert.rejects(validate({ ...sample.hyperparameters, [name]: value }), (error: Error) => {
            assert.equal(error.name, 'ClientError');
            assert.ok(error.message.includes(`'${value}' is not valid`) && error.message.includes(name), error.message);
            return true;
          });
        }
      });
    }
    if (entry.required === true) {
      test(`${name} is required`, async () => {
        const { [name]: _, ...rest } = sample.hyperparameters;
        await assert.rejects(validate(rest), {
          name: 'ClientError',
          message: new RegExp(`'${name}' is a required property`),
        });
      });
    }
    const right = rightValues(entry);
    if (right.length > 0) {
      test(`${name} is accepted as ${right.join(', ')}`, async () => {
        for (const value of right) {
          const message = await validate({ ...sample.hyperparameters, [name]: value }).then(
            () => '',
            (error: Error) => error.message,
          );
          // Another hyperparameter may be needed beside this value, but the value itself is fine.
          assert.ok(!message.includes(`'${value}' is not valid`), message);
        }
      });
    }
  }
}

function wrongValues(entry: Hyperparameter): string[] {
  switch (entry.type) {
    case 'integer':
    case 'number': {
      const values = ['abc', '', 'NaN', '1e999'];
      if (entry.type === 'integer') values.push(String((entry.min ?? 1) + 0.5));
      if (entry.min !== undefined) values.push(String(entry.min - 1));
      if (entry.max !== undefined) values.push(String(entry.max + 1));
      if (entry.above !== undefined) values.push(String(entry.above));
      if (entry.below !== undefined) values.push(String(entry.below));
      return values;
    }
    case 'boolean':
      return ['maybe', '1'];
    case 'choice':
      return ['no such choice', ''];
    case 'list':
      return ['["no such choice"]', '[]', '{"a":1}', '["'];
    case 'text':
      return [];
  }
}

function rightValues(entry: Hyperparameter): string[] {
  const words = 'words' in entry ? [...(entry.words ?? [])] : [];
  switch (entry.type) {
    case 'integer':
    case 'number':
      return [...words, ...[entry.min, entry.max].filter((bound) => bound !== undefined).map(String)];
    case 'boolean':
      return [...words, 'true', 'False'];
    case 'choice':
      return [...entry.choices];
    case 'list':
      return [JSON.stringify(entry.choices), entry.choices.join(',')];
    case 'text':
      return [];
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { timestampedName } from './job-names.ts';

test('a name says what it is and when', () => {
  assert.equal(timestampedName('churn', new Date('2026-11-23T09:15:42.123Z')), 'churn-2026-11-23-09-15-42-123');
});

test('whatever it is made of, the name is one that SageMaker accepts', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (base) =>
      /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(timestampedName(base)),
    ),
  );
});

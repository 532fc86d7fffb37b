import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireError } from '../errors.ts';
import { loadService, serviceNames } from '../model/load-service.ts';
import { validate } from '../validation/validate.ts';
import { validInput } from './valid-input.ts';
import { violations } from './violations.ts';

for (const name of serviceNames) {
  test(`every constraint of ${name} accepts a valid input and refuses a wrong one`, async () => {
    const service = await loadService(name);
    for (const operation of service.operationNames) {
      validate(service, operation, validInput(service, operation));
      for (const { title, input, code, message } of violations(service, operation)) {
        assert.throws(
          () => validate(service, operation, input),
          (error) => error instanceof WireError && error.code === code && error.message.includes(message),
          `${operation}: ${title}`,
        );
      }
    }
  });
}

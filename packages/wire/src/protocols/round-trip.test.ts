import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { loadService, serviceNames } from '../model/load-service.ts';
import type { Operation, ProtocolName, ServiceModel } from '../model/service-model.ts';
import { arbitraryStructure } from '../testing/arbitrary-value.ts';
import { eventStreamMember } from './event-output.ts';
import { detectProtocol, loadProtocol } from './protocols.ts';

/** Every operation is tried so often, in every protocol of its service and in both directions. */
const numRuns = 8;
const replaced = new Set([
  'GetBucketLifecycle',
  'GetBucketNotification',
  'ListDirectoryBuckets',
  'PutBucketLifecycle',
  'PutBucketNotification',
]);

for (const name of serviceNames) {
  suite(`what one end of ${name} writes, the other end reads`, async () => {
    const service = await loadService(name);
    for (const protocol of service.protocols) {
      test(`inputs in ${protocol}`, () =>
        forEachOperation(service, (operation) => tryInput(service, operation, protocol)));
      test(`outputs in ${protocol}`, () =>
        forEachOperation(service, (operation) => tryOutput(service, operation, protocol)));
    }
  });
}

async function forEachOperation(service: ServiceModel, tryOut: (operation: Operation) => Promise<void>): Promise<void> {
  for (const name of service.operationNames) {
    const operation = service.operation(name);
    assert.ok(operation);
    if (!replaced.has(name)) await tryOut(operation);
  }
}

async function tryInput(service: ServiceModel, operation: Operation, protocolName: ProtocolName): Promise<void> {
  const protocol = await loadProtocol(protocolName);
  if (operation.input === undefined) return;
  const property = fc.asyncProperty(arbitraryStructure(operation.input), async (input) => {
    const request = protocol.buildRequest(service, operation, input);
    assert.equal(await detectProtocol(service, request), protocol);
    const parsed = await protocol.parseRequest(service, request);
    assert.equal(parsed.operation.name, operation.name);
    assert.deepEqual(normal(parsed.input), normal(input));
  });
  await fc.assert(property, { numRuns, seed: 1 });
}

async function tryOutput(service: ServiceModel, operation: Operation, protocolName: ProtocolName): Promise<void> {
  const protocol = await loadProtocol(protocolName);
  if (operation.output === undefined || eventStreamMember(operation.output) !== undefined) return;
  const property = fc.asyncProperty(arbitraryStructure(operation.output), async (output) => {
    const response = protocol.serializeOutput(service, operation, output, { requestId: 'r' });
    assert.equal(response.headers['x-amzn-requestid'] ?? response.headers['x-amz-request-id'], 'r');
    assert.deepEqual(normal(await protocol.parseResponse(service, operation, response)), normal(output));
  });
  await fc.assert(property, { numRuns, seed: 2 });
}

/** Forms and XML cannot tell an absent structure from an empty one; blobs are compared by their bytes. */
function normal(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value.byteLength === 0 ? undefined : Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(normal).filter((item) => !isEmpty(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = normal(item);
    return isEmpty(kept) ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Every constraint of every implemented operation, broken once, through the real front door: whatever the models forbid is refused in AWS's words. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  loadProtocol,
  loadService,
  type Protocol,
  type ServiceModel,
  type ServiceName,
  signRequest,
  validate,
  WireError,
  type WireRequest,
} from '@rung/wire';
import { validInput, violations, type Violation } from '@rung/wire/testing';
import { Agent, request } from 'node:http';
import { resolveConnection } from '@rung/sdk';
import type { ServerResources } from '../../server/src/resources.ts';
import { allServices } from '../../server/src/services/all-services.ts';
import { invocationOperations } from '../../server/src/services/sagemaker-runtime/invocation-handler.ts';
import { startPlatform, type TestPlatform } from './start-platform.ts';

/** Of each operation at most so many are sent; they are taken evenly from all. */
const mostPerOperation = 60;

let platform: TestPlatform;
const agent = new Agent({ keepAlive: true });
before(async () => (platform = await startPlatform({ tlsPort: false })));
after(async () => {
  agent.destroy();
  await platform.close();
});

// The handlers are only named here, never called: whatever they take hold of when they are made may be nothing.
const nothing: unknown = new Proxy({}, { get: () => nothing });
const implemented: { name: ServiceName; operations: readonly string[] }[] = [
  ...allServices(nothing as ServerResources).map(({ name, handlers }) => ({ name, operations: Object.keys(handlers) })),
  { name: 'sagemaker-runtime', operations: invocationOperations },
];

for (const { name, operations } of implemented) {
  test(`${name}: what the models forbid of ${operations.length} operations is refused by name, and nothing is a fault of ours`, async () => {
    const model = await loadService(name);
    let sent = 0;
    for (const operation of operations) {
      for (const violation of sample(await Array.fromAsync(sendable(model, operation)))) {
        const answer = await send(model, operation, violation.input);
        sent += 1;
        const told = `${operation}, ${violation.title}: ${answer.status} ${answer.text}`;
        assert.equal(answer.status, 400, told);
        // The answer to HEAD has no body.
        if (answer.text === '' && operation.startsWith('Head')) continue;
        assert.ok(says(readable(answer.text), violation, name), `${told}\nexpected: ${violation.message}`);
        assert.match(answer.code, new RegExp(violation.code), told);
        assert.doesNotMatch(answer.text, /\n\s+at /, told);
      }
      const smallest = await send(model, operation, validInput(model, operation));
      assert.ok(
        smallest.status < 500,
        `${operation} with the smallest valid input: ${smallest.status} ${smallest.text}`,
      );
    }
    assert.ok(sent > 0 || operations.length === 0 || name === 'sts' || name === 'iam', `${name}: nothing was tried`);
  });
}

test('an operation that is not implemented says so by its name, in every service', async () => {
  for (const { name, operations } of implemented) {
    const model = await loadService(name);
    const missing = model.operationNames.filter((operation) => !operations.includes(operation));
    for (const operation of missing.slice(0, 3)) {
      const { status, text } = await send(model, operation, validInput(model, operation));
      if (name === 'sagemaker-runtime') continue; // has a door of its own: see the tests of invocations
      assert.equal(status, 501, `${name} ${operation}: ${text}`);
      assert.match(text, new RegExp(`${operation} is not implemented by this version of Rung`));
    }
  }
});

/** Those that arrive as they were meant: a query has no empty list, and a path that lacks its last part is another operation. */
async function* sendable(model: ServiceModel, operation: string): AsyncGenerator<Violation> {
  for (const violation of violations(model, operation)) {
    if (violation.kind === 'type') continue; // wrong types are the protocols' own tests
    if (violation.kind === 'missing' && violation.location !== 'body') continue; // no body is an empty one
    const { protocol, request } = await build(model, operation, violation.input);
    const parsed = await protocol.parseRequest(model, request).catch(() => undefined);
    if (parsed?.operation.name === operation && breaks(model, operation, parsed.input, violation)) yield violation;
  }
}

function breaks(model: ServiceModel, operation: string, input: object, { message }: Violation): boolean {
  try {
    validate(model, operation, input);
    return false;
  } catch (error) {
    return error instanceof WireError && error.message.includes(message);
  }
}

function sample(all: readonly Violation[]): Violation[] {
  const step = Math.max(1, all.length / mostPerOperation);
  return Array.from(
    { length: Math.min(all.length, mostPerOperation) },
    (_, index) => all[Math.floor(index * step)],
  ).filter((violation) => violation !== undefined);
}

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Holds the error's code, in the header or in the body as the protocol has it. */
  readonly code: string;
}

async function send(model: ServiceModel, name: string, input: object): Promise<Answer> {
  const { endpoint = '', region, credentials } = resolveConnection({ stateDir: platform.description.stateDir });
  const { request: built } = await build(model, name, input);
  const { body } = built;
  assert.ok(typeof body === 'string' || body instanceof Uint8Array);
  const url = new URL(endpoint);
  url.pathname = built.path;
  url.search = built.query;
  const given = Object.entries(built.headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  const unsigned = { method: built.method, url, headers: Object.fromEntries(given) as Record<string, string>, body };
  const headers = signRequest(unsigned, credentials, { region, service: model.signingName });
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      agent,
      method: built.method,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    asked.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text,
          code: `${String(response.headers['x-amzn-errortype'])} ${text}`,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function build(
  model: ServiceModel,
  name: string,
  input: object,
): Promise<{ protocol: Protocol; request: WireRequest }> {
  const protocol = await loadProtocol(model.protocols.find((each) => each !== 'smithy-rpc-v2-cbor') ?? 'json');
  const operation = model.operation(name);
  assert.ok(operation !== undefined);
  return { protocol, request: protocol.buildRequest(model, operation, input) };
}

/** The gateway refuses some members whatever they say, in words of its own. */
function says(text: string, { message, title }: Violation, service: ServiceName): boolean {
  const member = title.split(':')[0] ?? title;
  const named = service === 'sagemaker-runtime' && text.toLowerCase().includes(member.toLowerCase());
  return named || text.includes(message);
}

/** The message as a person reads it, out of JSON or XML. */
function readable(text: string): string {
  const plain = text.startsWith('{') ? Object.values(JSON.parse(text) as Record<string, unknown>).join('\n') : text;
  return plain
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&apos;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

import { presignUrl, WireError } from '@rung/wire';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestContext, Service } from '../services/service.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { memoryS3 } from './testing/memory-s3.ts';
import { openFrontDoor } from './testing/open-front-door.ts';
import { sagemakerCall, signedFetch } from './testing/signed-fetch.ts';

test('an operation without a handler says so by name, in a way that no client retries', async (t) => {
  const door = await openFrontDoor(t);
  const answer = await signedFetch(door, sagemakerCall('CreateHyperParameterTuningJob'));
  assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented']);
  assert.match(answer.text, /CreateHyperParameterTuningJob is not implemented by this version of Rung/);
  const unknown = await signedFetch(door, sagemakerCall('CreateTeapot'));
  assert.equal(unknown.code, 'UnknownOperationException');
  const foreign = await signedFetch(door, { ...sagemakerCall('ListTables'), service: 'dynamodb' });
  assert.match(foreign.text, /Rung does not serve \\"dynamodb\\"/);
});

test('input is checked before the handler sees it, with the code of its service', async (t) => {
  const sagemaker: Service = { name: 'sagemaker', handlers: { DescribeModel: () => assert.fail('called') } };
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [sagemaker, s3] });
  const missing = await signedFetch(door, sagemakerCall('DescribeModel'));
  assert.equal(missing.code, 'ValidationException');
  assert.match(missing.text, /1 validation error detected/);
  const garbage = await signedFetch(door, { ...sagemakerCall('DescribeModel'), body: '{' });
  assert.equal(garbage.code, 'SerializationException');
});

test('a member that the operation does not know is without effect, and that is said', async (t) => {
  const sagemaker: Service = { name: 'sagemaker', handlers: { ListModels: () => ({ Models: [] }) } };
  const door = await openFrontDoor(t, { services: [sagemaker] });
  const answer = await signedFetch(door, sagemakerCall('ListModels', { NameContain: 'x' }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-rung-warning'), 'ListModels does not know: NameContain');
  assert.ok(door.log.some(({ unknown }) => JSON.stringify(unknown) === '["NameContain"]'));
});

test('a fault of ours is logged with its stack and answered without', async (t) => {
  const sagemaker: Service = {
    name: 'sagemaker',
    handlers: {
      ListModels() {
        throw new Error('the hidden cause');
      },
      ListEndpoints() {
        throw new WireError('ThrottlingException', 'Rate exceeded');
      },
    },
  };
  const door = await openFrontDoor(t, { services: [sagemaker] });
  const answer = await signedFetch(door, sagemakerCall('ListModels'));
  assert.deepEqual([answer.status, answer.code], [500, 'InternalFailure']);
  const requestId = answer.headers.get('x-amzn-requestid') ?? '';
  assert.ok(answer.text.includes(requestId));
  assert.doesNotMatch(answer.text, /hidden|at /);
  const line = door.log.find(({ level }) => level === 50);
  assert.equal(line?.['requestId'], requestId);
  assert.match(JSON.stringify(line), /the hidden cause.*answers\.test\.ts/);
  const thrown = await signedFetch(door, sagemakerCall('ListEndpoints'));
  assert.deepEqual([thrown.status, thrown.code], [400, 'ThrottlingException']);
});

test('a full disk is said to whoever asks, and is no fault of ours', async (t) => {
  const failures = [
    new StoreUnavailable('full', 'rung.db: the disk is full.'),
    Object.assign(new Error('write failed'), { code: 'ENOSPC' }),
  ];
  for (const failure of failures) {
    const sagemaker: Service = { name: 'sagemaker', handlers: { ListModels: () => Promise.reject(failure) } };
    const door = await openFrontDoor(t, { services: [sagemaker] });
    const answer = await signedFetch(door, sagemakerCall('ListModels'));
    assert.deepEqual([answer.status, answer.code], [503, 'ServiceUnavailable']);
    assert.match(answer.text, /state folder is full.*Free some space/);
    assert.ok(!door.log.some(({ err }) => err !== undefined));
  }
});

test('an answer to HEAD has the headers of its object and no body', async (t) => {
  const door = await openFrontDoor(t, { services: [memoryS3()] });
  const answer = await signedFetch(door, { service: 's3', method: 'HEAD', path: '/bucket/key' });
  assert.deepEqual([answer.status, answer.text, answer.headers.get('content-length')], [200, '', '12345']);
});

test('the handler is told when the caller goes away', async (t) => {
  const called = Promise.withResolvers<RequestContext>();
  const sagemaker: Service = {
    name: 'sagemaker',
    handlers: {
      async ListModels(_input: never, context: RequestContext) {
        called.resolve(context);
        await once(context.signal, 'abort');
        throw context.signal.reason;
      },
    },
  };
  const door = await openFrontDoor(t, { services: [sagemaker] });
  const call = sagemakerCall('ListModels');
  const abort = new AbortController();
  const { signRequest } = await import('@rung/wire');
  const headers = signRequest(
    { method: 'POST', url: new URL(door.url), headers: call.headers ?? {}, body: '{}' },
    door.key,
    { region: 'us-east-1', service: 'sagemaker' },
  );
  const sent = request(door.url, { method: 'POST', headers, signal: abort.signal }).on('error', () => undefined);
  sent.end('{}');
  const { signal } = await called.promise;
  assert.equal(signal.aborted, false);
  const aborted = once(signal, 'abort');
  abort.abort();
  await aborted;
});

test('requests below /endpoints/ go to the invocation handler, verified and with their whole body', async (t) => {
  const seen: unknown[] = [];
  const door = await openFrontDoor(t, {
    invocations: {
      handle(received, response, body, { account, region, principal }) {
        seen.push([received.url, Buffer.from(body).toString(), account, region, principal.arn]);
        response.end('answer');
      },
    },
  });
  const call = { service: 'sagemaker', path: '/endpoints/iris/invocations', body: '1,2' };
  const answer = await signedFetch(door, call);
  assert.equal(answer.text, 'answer');
  assert.deepEqual(seen, [
    [
      '/endpoints/iris/invocations',
      '1,2',
      '000000000000',
      'us-east-1',
      'arn:aws:sts::000000000000:assumed-role/RungRole/first',
    ],
  ]);
  const refused = await signedFetch(door, { ...call, alter: (sent) => (sent.body = '1,3') });
  assert.equal(refused.headers.get('x-amzn-errortype'), 'InvalidSignatureException');
  assert.equal(seen.length, 1);
});

test('the open pages tell a stranger what this is', async (t) => {
  const door = await openFrontDoor(t, { metricsText: () => 'rung_up 1\n' });
  assert.match(await (await fetch(door.url)).text(), /This is Rung.*eval "\$\(rung env\)"/s);
  assert.deepEqual(await (await fetch(`${door.url}/healthz`)).json(), { status: 'ok' });
  assert.equal(await (await fetch(`${door.url}/metrics`)).text(), 'rung_up 1\n');
});

test('a large body that is refused in its middle is taken to its end, so that its sender comes to read why', async (t) => {
  const s3: Service = {
    name: 's3',
    handlers: {
      async PutObject({ Body: body }: { Body?: AsyncIterable<Uint8Array> }) {
        let taken = 0;
        for await (const piece of body ?? []) {
          taken += piece.length;
          // As a writer does that finds the disk full while more arrives.
          await delay(5);
          if (taken > 2 ** 20) throw new WireError('InsufficientStorage', 'full', { status: 507 });
        }
        return {};
      },
    },
  };
  const door = await openFrontDoor(t, { services: [s3] });
  const url = new URL('/bucket/key', door.url);
  const signing = { region: 'us-east-1', service: 's3', expiresIn: 60 };
  const target = presignUrl({ method: 'PUT', url, headers: {} }, door.key, signing);
  const sent = request(target, { method: 'PUT' }).end(Buffer.alloc(20 * 2 ** 20));
  const [[answer]] = await Promise.all([once(sent, 'response'), once(sent, 'finish')]);
  assert.equal(answer.statusCode, 507);
  answer.resume();
});

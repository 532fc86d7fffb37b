import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeMessages } from '@rung/wire';
import { gatewayStage, type Answer } from './testing/gateway-stage.ts';

const stream = '/endpoints/shop/invocations-response-stream';

function errorOf({ status, headers, text }: Answer): {
  status: number;
  code: string | undefined;
  body: Record<string, unknown>;
} {
  const body: Record<string, unknown> = JSON.parse(text);
  return { status, code: String(headers['x-amzn-errortype']), body };
}

test('an answer comes back with its content type, its variant and the headers that a model may set', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const answer = await stage.invoke('headers', {
    'Content-Type': 'text/csv',
    Accept: 'application/json',
    'X-Amzn-SageMaker-Custom-Attributes': 'tenant=5',
    'X-Amzn-SageMaker-Inference-Id': 'id-1',
    Authorization: 'secret',
    Cookie: 'secret',
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['x-amzn-invoked-production-variant'], 'v');
  assert.equal(answer.headers['x-amzn-sagemaker-custom-attributes'], 'trace=7');
  assert.equal(answer.headers['x-private'], undefined);
  assert.ok(answer.headers['x-amzn-requestid']);
  assert.deepEqual(JSON.parse(answer.text), {
    host: 'localhost',
    'content-length': '7',
    'content-type': 'text/csv',
    accept: 'application/json',
    'x-amzn-sagemaker-custom-attributes': 'tenant=5',
    'x-amzn-sagemaker-inference-id': 'id-1',
  });
});

test('answers of any length and in any number of chunks come whole', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  assert.equal((await stage.invoke('parts a b c')).text, 'abc');
  assert.equal((await stage.invoke('big 5000000')).body.length, 5_000_000);
  assert.equal((await stage.invoke('echo ')).text, '');
  const long = 'y'.repeat(3_000_000);
  assert.equal((await stage.invoke(`echo ${long}`)).text, long);
});

test('an endpoint or a variant that does not exist is a ValidationError', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const unknown = errorOf(await stage.invoke('name', {}, '/endpoints/nobody/invocations'));
  assert.equal(unknown.status, 400);
  assert.equal(unknown.code, 'ValidationError');
  assert.equal(unknown.body['Message'], 'Endpoint nobody of account 000000000000 not found.');
  const variant = errorOf(await stage.invoke('name', { 'X-Amzn-SageMaker-Target-Variant': 'w' }));
  assert.equal(variant.code, 'ValidationError');
  assert.match(String(variant.body['Message']), /Variant w not found.*Its variants are: v\./);
});

test('headers that break a constraint of the model are all named', async (t) => {
  const stage = await gatewayStage(t);
  const refused = errorOf(
    await stage.invoke('name', {
      'X-Amzn-SageMaker-Custom-Attributes': 'x'.repeat(1025),
      'X-Amzn-SageMaker-Target-Variant': '-',
    }),
  );
  assert.equal(refused.code, 'ValidationError');
  assert.match(
    String(refused.body['Message']),
    /^2 validation errors detected: Value '.*' at 'customAttributes'.*length less than or equal to 1024; Value '-' at 'targetVariant'/,
  );
});

test('a body above the limit is refused and none below it is', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const refused = errorOf(await stage.invoke(Buffer.alloc(26_214_401)));
  assert.equal(refused.status, 400);
  assert.match(String(refused.body['Message']), /at 'body' failed to satisfy constraint.*26214400/);
  assert.equal((await stage.invoke(Buffer.alloc(26_214_400))).status, 200);
});

test('what a model refuses is a ModelError that carries the original status and message', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const client = errorOf(await stage.invoke('status 415 what is this'));
  assert.equal(client.status, 424);
  assert.equal(client.code, 'ModelError');
  assert.equal(client.body['OriginalStatusCode'], 415);
  assert.equal(client.body['OriginalMessage'], 'what is this');
  assert.equal(client.body['ErrorCode'], 'CLIENT_ERROR_FROM_MODEL');
  assert.equal(
    client.body['LogStreamArn'],
    'arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/shop',
  );
  assert.equal(
    client.body['Message'],
    'Received client error (415) from primary with message "what is this". See https://us-east-1.console.aws.amazon.com/cloudwatch/home' +
      '?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/shop in account 000000000000 for more information.',
  );
  const server = errorOf(await stage.invoke('status 500 oops'));
  assert.equal(server.status, 424);
  assert.match(String(server.body['Message']), /^Received server error \(500\) from primary with message "oops"/);
});

test('a model that hangs is given up after the time-out, and the next request is served', async (t) => {
  const stage = await gatewayStage(t, { modelTimeoutMs: 150 });
  stage.serve([await stage.startInstance('a')]);
  const late = errorOf(await stage.invoke('hang'));
  assert.equal(late.status, 424);
  assert.equal(late.body['OriginalStatusCode'], 0);
  assert.match(
    String(late.body['Message']),
    /Your invocation timed out while waiting for a response from container primary/,
  );
  assert.equal((await stage.invoke('name')).text, 'a');
});

test('an answer that is not HTTP is a ModelError', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const garbage = errorOf(await stage.invoke('garbage'));
  assert.equal(garbage.status, 424);
  assert.match(
    String(garbage.body['Message']),
    /The response of container primary cannot be used: the answer is not HTTP\/1\.1/,
  );
  assert.equal((await stage.invoke('name')).text, 'a');
});

test('an instance that dies while it works on a request fails that request alone; it is not sent to another one', async (t) => {
  const stage = await gatewayStage(t);
  const [a, b] = [await stage.startInstance('a'), await stage.startInstance('b')];
  stage.serve([a]);
  const suspects: string[] = [];
  stage.gateway.routes.onSuspect((id) => suspects.push(id));
  const broken = errorOf(await stage.invoke('crash'));
  assert.equal(broken.status, 530);
  assert.equal(broken.code, 'InternalDependencyException');
  await once(a.process, 'exit');
  stage.serve([b]);
  assert.equal(errorOf(await stage.invoke('half')).status, 530);
  assert.deepEqual(suspects, [a.workloadId, b.workloadId]);
});

test('a request that could not be sent goes to another instance', async (t) => {
  const stage = await gatewayStage(t);
  const [a, b] = [await stage.startInstance('a'), await stage.startInstance('b')];
  stage.serve([a, b]);
  a.process.kill('SIGKILL');
  await once(a.process, 'exit');
  for (let n = 0; n < 20; n += 1) assert.equal((await stage.invoke('name')).text, 'b');
});

test('an instance that dies between two requests costs no request, though its connections were kept', async (t) => {
  const stage = await gatewayStage(t);
  const b = await stage.startInstance('b');
  for (let round = 0; round < 5; round += 1) {
    const a = await stage.startInstance(`a${round}`);
    stage.serve([a, b]);
    for (let n = 0; n < 6; n += 1) assert.equal((await stage.invoke('name')).status, 200);
    a.process.kill('SIGKILL');
    for (let n = 0; n < 6; n += 1) {
      const answer = await stage.invoke('name');
      assert.equal(answer.status, 200, answer.text);
    }
  }
});

test('without an instance in service a request is refused with 503, which clients try again', async (t) => {
  const stage = await gatewayStage(t);
  const a = await stage.startInstance('a');
  stage.serve([a]);
  a.process.kill('SIGKILL');
  await once(a.process, 'exit');
  const none = errorOf(await stage.invoke('name'));
  assert.equal(none.status, 503);
  assert.equal(none.code, 'ServiceUnavailable');
  stage.serve([]);
  assert.equal((await stage.invoke('name')).status, 503);
});

test('requests are spread by weight, and TargetVariant wins over it', async (t) => {
  const stage = await gatewayStage(t);
  const [a, b] = [await stage.startInstance('a'), await stage.startInstance('b')];
  stage.publish([
    { name: 'heavy', weight: 3, instances: [a] },
    { name: 'light', weight: 1, instances: [b] },
  ]);
  let heavy = 0;
  for (let n = 0; n < 400; n += 1) {
    const answer = await stage.invoke('name');
    if (answer.headers['x-amzn-invoked-production-variant'] === 'heavy') heavy += 1;
  }
  // 300 expected, standard deviation 8.7: five of them either way.
  assert.ok(heavy > 256 && heavy < 344, `${heavy} of 400`);
  assert.equal((await stage.invoke('name', { 'X-Amzn-SageMaker-Target-Variant': 'light' })).text, 'b');
});

test('a client that goes away ends the work on its request', async (t) => {
  const stage = await gatewayStage(t);
  const a = await stage.startInstance('a');
  stage.serve([a]);
  const ask = httpRequest({ port: stage.port, path: '/endpoints/shop/invocations', method: 'POST', agent: false });
  ask.on('error', () => undefined);
  ask.end('hang');
  while (stage.gateway.routes.outstanding(a.workloadId) === 0) await delay(5);
  ask.destroy();
  const deadline = performance.now() + 5000;
  while (stage.gateway.routes.outstanding(a.workloadId) > 0 && performance.now() < deadline) await delay(5);
  assert.equal(stage.gateway.routes.outstanding(a.workloadId), 0);
});

test('the instances of a variant are replaced under load without a failed request', async (t) => {
  const stage = await gatewayStage(t);
  const old = [await stage.startInstance('a'), await stage.startInstance('b')];
  const fresh = [await stage.startInstance('c'), await stage.startInstance('d')];
  stage.serve(old);
  const seen = new Map<string, number>();
  const load = { on: true };
  const client = async (): Promise<void> => {
    while (load.on) {
      const answer = await stage.invoke('wait 5');
      assert.equal(answer.status, 200, answer.text);
      seen.set(answer.text, (seen.get(answer.text) ?? 0) + 1);
    }
  };
  const clients = Array.from({ length: 8 }, client);
  while ((seen.get('a') ?? 0) < 20 || (seen.get('b') ?? 0) < 20) await delay(5);
  stage.serve(fresh);
  await Promise.all(
    old.map(
      (instance) =>
        new Promise<void>((resolve) => {
          stage.gateway.routes.whenIdle(instance.workloadId, () => {
            instance.process.kill('SIGTERM');
            resolve();
          });
        }),
    ),
  );
  while ((seen.get('c') ?? 0) < 20 || (seen.get('d') ?? 0) < 20) await delay(5);
  load.on = false;
  await Promise.all(clients);
});

test('a stream comes in the parts that the model makes', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const answer = await stage.invoke('parts one two three', {}, stream);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/vnd.amazon.eventstream');
  assert.equal(answer.headers['x-amzn-invoked-production-variant'], 'v');
  let text = '';
  for await (const message of decodeMessages(one(answer.body))) {
    assert.equal(message.headers[':event-type'], 'PayloadPart');
    text += Buffer.from(message.payload).toString();
  }
  assert.equal(text, 'onetwothree');
});

test('a stream that breaks off ends with ModelStreamError; one that never began is a ModelError', async (t) => {
  const stage = await gatewayStage(t);
  stage.serve([await stage.startInstance('a')]);
  const refused = errorOf(await stage.invoke('status 400 no', {}, stream));
  assert.equal(refused.status, 424);
  const answer = await stage.invoke('half', {}, stream);
  const messages = [];
  for await (const message of decodeMessages(one(answer.body))) messages.push(message);
  assert.equal(Buffer.from(messages[0]?.payload ?? []).toString(), 'half of it');
  assert.equal(messages.at(-1)?.headers[':exception-type'], 'ModelStreamError');
});

test('asynchronous invocations and features that an endpoint lacks are refused with what to do instead', async (t) => {
  const stage = await gatewayStage(t);
  const later = errorOf(await stage.invoke('', {}, '/endpoints/shop/async-invocations'));
  assert.match(String(later.body['Message']), /does not serve asynchronous inference yet.*Use InvokeEndpoint/);
  const model = errorOf(await stage.invoke('', { 'X-Amzn-SageMaker-Target-Model': 'm.tar.gz' }));
  assert.match(String(model.body['Message']), /is not a multi-model endpoint.*without TargetModel/);
  assert.equal((await stage.invoke('', {}, '/endpoints/shop/other')).status, 404);
});

test('what happened is counted as CloudWatch and Prometheus know it', async (t) => {
  const stage = await gatewayStage(t);
  const instances = [await stage.startInstance('a'), await stage.startInstance('b')];
  stage.serve(instances);
  for (const body of ['name', 'name', 'wait 30', 'status 400 x', 'status 503 x', 'garbage']) await stage.invoke(body);
  await stage.gateway.flush();
  const sum = (name: string): number | undefined => {
    const datum = stage.stored.find((one) => one.name === name);
    assert.deepEqual(datum?.dimensions, { EndpointName: 'shop', VariantName: 'v' });
    assert.equal(datum?.namespace, 'AWS/SageMaker');
    return typeof datum?.value === 'object' ? datum.value.sum : datum?.value;
  };
  assert.equal(sum('Invocations'), 6);
  assert.equal(sum('InvocationsPerInstance'), 3);
  assert.equal(sum('Invocation4XXErrors'), 1);
  assert.equal(sum('Invocation5XXErrors'), 1);
  assert.equal(sum('InvocationModelErrors'), 3);
  assert.ok((sum('ModelLatency') ?? 0) > 30_000);
  assert.ok((sum('OverheadLatency') ?? 0) > 0);
  await stage.gateway.flush();
  assert.equal(stage.stored.filter(({ name }) => name === 'Invocations').length, 1, 'nothing is stored twice');
  const text = await stage.gateway.metricsText();
  assert.match(text, /^rung_invocations_total\{endpoint="shop",variant="v"\} 6$/m);
  assert.match(text, /^rung_model_latency_seconds_bucket\{endpoint="shop",variant="v",le="\+Inf"\} 6$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
});

async function* one(body: Buffer): AsyncGenerator<Uint8Array> {
  yield body;
}

/** What clients do wrong to endpoints and to the front door, and what users take away too early: the platform goes on answering. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig, type RunningServer, startServer } from '@rung/server';
import { Session, WireError } from '@rung/sdk';
import { readBody } from '@rung/wire';
import { bucket, deploy, kmeansJob, prepareBucket, runJob } from './kmeans-job.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'p-'));
let server: RunningServer;
let session: Session;

async function start(): Promise<void> {
  server = await startServer(parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'The test'));
  session = new Session({ stateDir });
}

before(async () => {
  await start();
  await prepareBucket(session);
  const job = await runJob(session, kmeansJob('model'));
  await deploy(session, 'served', job.ModelArtifacts?.S3ModelArtifacts ?? '');
});
after(async () => {
  await server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

async function invoke(body: string | Uint8Array, ContentType = 'text/csv', EndpointName = 'served'): Promise<string> {
  const Body = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const answer = await session.runtime.call('InvokeEndpoint', { EndpointName, ContentType, Body });
  return new TextDecoder().decode(await readBody(answer.Body ?? ''));
}

test('a body that no model could read is the error of the model, with its status and words, and the next request is served', async () => {
  const bodies: readonly [what: string, body: string, contentType: string, said: RegExp][] = [
    ['text', 'a,b', 'text/csv', /'a'/],
    ['too many fields', '1,2,3', 'text/csv', /3.*2|2.*3/],
    ['no JSON', '{', 'application/json', /JSON/],
    ['JSON of another form', '{"rows":[]}', 'application/json', /instances/],
    ['an unknown type', '1,1', 'image/png', /image\/png/],
    ['nothing', '', 'text/csv', /./],
    ['no records', 'abc', 'application/x-recordio-protobuf', /RecordIO|record/i],
  ];
  for (const [what, body, contentType, said] of bodies) {
    await assert.rejects(invoke(body, contentType), (error) => {
      assert.ok(error instanceof WireError, what);
      assert.equal(error.status, 424, `${what}: ${error.message}`);
      assert.equal(error.code, 'ModelError', what);
      assert.match(error.message, /Received client error \(4\d\d\) from/, what);
      assert.match(error.message, said, what);
      assert.doesNotMatch(error.message, /\n\s+at /, what);
      return true;
    });
  }
  assert.match(await invoke('1,1'), /closest_cluster/);
});

test('a body above the limit of 25 MiB is refused with the limit, and the next request is served', async () => {
  await assert.rejects(invoke(new Uint8Array(26_214_401).fill(49)), (error) => {
    assert.ok(error instanceof WireError);
    assert.ok(error.status === 400 || error.status === 413, String(error.status));
    assert.match(error.message, /26214400/);
    return true;
  });
  assert.match(await invoke('1,1'), /closest_cluster/);
});

test('an endpoint or a variant that does not exist is named', async () => {
  await assert.rejects(invoke('1,1', 'text/csv', 'nowhere'), {
    code: 'ValidationError',
    status: 400,
    message: /Endpoint nowhere of account 000000000000 not found/,
  });
  const wrong = { EndpointName: 'served', ContentType: 'text/csv', Body: new Uint8Array([49]), TargetVariant: 'blue' };
  await assert.rejects(session.runtime.call('InvokeEndpoint', wrong), {
    code: 'ValidationError',
    status: 400,
    message: /blue/,
  });
});

test('slow, silent and half-open connections, hundreds of them, hold up nobody', async () => {
  const { hostname, port } = new URL(server.description.endpoint);
  const dial = async (first: string): Promise<Socket> => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('error', () => undefined); // cut off by the platform: its right
    await once(socket, 'connect');
    socket.write(first);
    return socket;
  };
  const head = `POST /endpoints/served/invocations HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\n`;
  const sockets = await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const socket = await dial(['', head, `${head}\r\n1,1`][index % 3] ?? '');
      if (index % 2 === 0) socket.end(); // says that it sends no more, and listens on
      return socket;
    }),
  );
  try {
    const from = performance.now();
    for (let turn = 0; turn < 20; turn += 1) assert.match(await invoke('1,1'), /closest_cluster/);
    assert.equal((await session.sagemaker.call('ListEndpoints', {})).Endpoints?.length, 1);
    assert.ok(performance.now() - from < 5000, 'others are served as if these were not there');
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test('a model and a configuration that are in use can be deleted; the endpoint serves on, also after the platform was started anew', async () => {
  const invoked = await invoke('1,1\n50,50');
  await session.sagemaker.call('DeleteModel', { ModelName: 'served' });
  await session.sagemaker.call('DeleteEndpointConfig', { EndpointConfigName: 'served' });
  assert.equal(await invoke('1,1\n50,50'), invoked);
  await assert.rejects(session.sagemaker.call('DeleteModel', { ModelName: 'served' }), {
    code: 'ValidationException',
    message: /Could not find model/,
  });

  await server.close();
  await start();
  const deadline = performance.now() + 20_000;
  let again: string | undefined;
  // Closing stopped the instance; the new platform starts it from what the endpoint remembers.
  while (again === undefined && performance.now() < deadline) again = await invoke('1,1\n50,50').catch(() => undefined);
  assert.equal(again, invoked);
  assert.equal(
    (await session.sagemaker.call('DescribeEndpoint', { EndpointName: 'served' })).EndpointStatus,
    'InService',
  );
});

test('names that are taken are refused, and what has them stays', async () => {
  const { sagemaker } = session;
  const model = {
    ModelName: 'taken',
    PrimaryContainer: {
      Image: '382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1',
      ModelDataUrl: `s3://${bucket}/models/model/output/model.tar.gz`,
    },
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/x',
  };
  await sagemaker.call('CreateModel', model);
  await assert.rejects(sagemaker.call('CreateModel', model), { code: 'ValidationException', message: /already exist/ });
  const config = {
    EndpointConfigName: 'taken',
    ProductionVariants: [
      { VariantName: 'all', ModelName: 'taken', InitialInstanceCount: 1, InstanceType: 'ml.m5.large' as const },
    ],
  };
  await sagemaker.call('CreateEndpointConfig', config);
  await assert.rejects(sagemaker.call('CreateEndpointConfig', config), {
    code: 'ValidationException',
    message: /already exist/,
  });
  const endpoint = { EndpointName: 'served', EndpointConfigName: 'taken' };
  await assert.rejects(sagemaker.call('CreateEndpoint', endpoint), {
    code: 'ValidationException',
    message: /already exist/,
  });
  await assert.rejects(sagemaker.call('CreateEndpoint', { EndpointName: 'other', EndpointConfigName: 'never-was' }), {
    code: 'ValidationException',
    message: /Could not find endpoint configuration/,
  });
  await assert.rejects(session.s3.call('CreateBucket', { Bucket: 'a..b' }), { code: 'InvalidBucketName', status: 400 });
  assert.match(await invoke('1,1'), /closest_cluster/);
});

test('a model whose archive does not exist, or is none, never comes into service, and says why', async () => {
  await session.s3.call('PutObject', {
    Bucket: bucket,
    Key: 'junk/model.tar.gz',
    Body: new TextEncoder().encode('this is no archive'),
  });
  const archives = {
    'no-archive': [`s3://${bucket}/nothing/model.tar.gz`, /nothing\/model\.tar\.gz/],
    'junk-archive': [`s3://${bucket}/junk/model.tar.gz`, /junk\/model\.tar\.gz/],
  } as const;
  for (const [name, [url, said]] of Object.entries(archives)) {
    let words: string | undefined;
    try {
      await deploy(session, name, url);
    } catch (error) {
      assert.ok(error instanceof WireError);
      words = error.message;
      const description = await session.sagemaker
        .call('DescribeEndpoint', { EndpointName: name })
        .catch(() => undefined);
      if (description !== undefined) {
        assert.equal(description.EndpointStatus, 'Failed');
        words = description.FailureReason;
        await session.sagemaker.call('DeleteEndpoint', { EndpointName: name });
      }
    }
    assert.match(words ?? 'it came into service', said, name);
  }
});

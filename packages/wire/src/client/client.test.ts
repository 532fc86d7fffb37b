import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { WireError } from '../errors.ts';
import type { LogsOperations } from '../generated/logs.types.ts';
import type { S3Operations } from '../generated/s3.types.ts';
import type { SagemakerOperations } from '../generated/sagemaker.types.ts';
import type { ServiceName } from '../model/load-service.ts';
import { readBody } from '../protocols/body.ts';
import { signRequest } from '../sigv4/index.ts';
import { startWireServer } from '../testing/wire-server.ts';
import type { Answer, WireServer } from '../testing/wire-server.ts';
import { createClient } from './client.ts';
import type { ClientOptions, SendRequest, SendResponse } from './client-options.ts';

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const base = { region: 'us-east-1', credentials, send: fetchSend, sign: signRequest, retryDelayMs: 1 };

async function fetchSend({ url, method, headers, body }: SendRequest): Promise<SendResponse> {
  const isStream = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
  const options = { method, headers, ...(body === undefined ? {} : { body }), ...(isStream ? { duplex: 'half' } : {}) };
  // fetch takes streams as well, which its types do not say.
  const response = await fetch(url, options as RequestInit);
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body ?? new Uint8Array(),
  };
}

async function withServer<Operations>(name: ServiceName, answer: Answer, options: Partial<ClientOptions> = {}) {
  const server: WireServer = await startWireServer(name, answer);
  const client = createClient<Operations>(name, { ...base, endpoint: server.endpoint, ...options });
  return { client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

suite('a client', () => {
  test('calls, and reads what is answered', async () => {
    await using connection = await withServer<SagemakerOperations>('sagemaker', (_operation, input) => ({
      ...input,
      ModelArn: 'arn',
    }));
    const answer = await connection.client.call('CreateModel', { ModelName: 'm' });
    assert.deepEqual(answer, { ModelArn: 'arn' });
  });

  test('throws the error that the service answered, without trying again', async () => {
    let calls = 0;
    await using connection = await withServer<SagemakerOperations>('sagemaker', () => {
      calls += 1;
      throw new WireError('ResourceInUse', 'it is in use');
    });
    const call = connection.client.call('DeleteModel', { ModelName: 'm' });
    await assert.rejects(call, {
      code: 'ResourceInUse',
      message: 'it is in use',
      status: 400,
      fault: 'client',
      requestId: 'request-1',
    });
    assert.equal(calls, 1);
  });

  test('tries again when the service is at fault or throttles, and gives up after its attempts', async () => {
    const errors = ['InternalFailure', 'ThrottlingException'];
    await using connection = await withServer<SagemakerOperations>('sagemaker', () => {
      const code = errors.shift();
      if (code !== undefined) throw new WireError(code, 'not now');
      return { ModelArn: 'arn' };
    });
    assert.deepEqual(await connection.client.call('CreateModel', { ModelName: 'm' }), { ModelArn: 'arn' });
    errors.push('InternalFailure', 'InternalFailure', 'InternalFailure');
    await assert.rejects(connection.client.call('CreateModel', { ModelName: 'm' }), {
      code: 'InternalFailure',
      fault: 'server',
    });
  });

  test('says where it found nobody', async () => {
    let calls = 0;
    const send = () => {
      calls += 1;
      return Promise.reject(new Error('connection refused'));
    };
    const client = createClient<SagemakerOperations>('sagemaker', { ...base, endpoint: 'http://127.0.0.1:9', send });
    const call = client.call('ListModels', {});
    await assert.rejects(call, {
      code: 'ConnectionFailed',
      message: /^http:\/\/127\.0\.0\.1:9 gave no answer to ListModels/,
    });
    assert.equal(calls, 3);
  });

  test('stops when it is aborted, even between two tries', async () => {
    const controller = new AbortController();
    const send = () => {
      controller.abort();
      return Promise.reject(new Error('connection refused'));
    };
    const client = createClient<SagemakerOperations>('sagemaker', {
      ...base,
      endpoint: 'http://127.0.0.1:9',
      send,
      retryDelayMs: 60_000,
    });
    await assert.rejects(client.call('ListModels', {}, { signal: controller.signal }));
  });

  test('addresses AWS itself where no endpoint is given', async () => {
    const urls: string[] = [];
    const send = ({ url }: SendRequest) => {
      urls.push(url.href);
      return Promise.reject(new Error('not sent'));
    };
    const options = { ...base, region: 'eu-west-1', send, attempts: 1 };
    const names = ['sagemaker', 'iam', 'cloudwatch', 'sagemaker-runtime'] as const;
    const calls = ['ListModels', 'ListRoles', 'ListMetrics', 'InvokeEndpoint'] as const;
    for (const [index, name] of names.entries()) {
      const client = createClient<Record<string, { input: object; output: object }>>(name, options);
      await assert.rejects(client.call(calls[index] ?? '', { EndpointName: 'e', Body: '' }));
    }
    assert.deepEqual(urls, [
      'https://api.sagemaker.eu-west-1.amazonaws.com/',
      'https://iam.amazonaws.com/',
      'https://monitoring.eu-west-1.amazonaws.com/',
      'https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations',
    ]);
  });

  test('streams a body up and down, and signs a stream unsigned', async () => {
    const headers: Record<string, string>[] = [];
    const send = (request: SendRequest) => {
      headers.push(request.headers);
      return fetchSend(request);
    };
    let uploaded = '';
    const answer: Answer = async (operation, input) => {
      if (operation === 'GetObject') return { Body: letters() };
      uploaded = Buffer.from(await readBody(input['Body'] as AsyncIterable<Uint8Array>)).toString();
      return { ETag: '"e"' };
    };
    await using connection = await withServer<S3Operations>('s3', answer, { send });
    await connection.client.call('PutObject', { Bucket: 'b', Key: 'k', Body: letters() });
    assert.equal(uploaded, 'abc');
    assert.equal(headers[0]?.['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD');
    const { Body } = await connection.client.call('GetObject', { Bucket: 'b', Key: 'k' });
    assert.equal(Buffer.from(await readBody(Body ?? '')).toString(), 'abc');
    await connection.client.call('DeleteObjects', { Bucket: 'b', Delete: { Objects: [{ Key: 'k' }] } }).catch(() => {});
    assert.match(headers.at(-1)?.['x-amz-checksum-crc32'] ?? '', /^.{6}==$/);
  });

  test('turns pages until there are no more', async () => {
    const tokens: unknown[] = [];
    await using connection = await withServer<SagemakerOperations>('sagemaker', (_operation, input) => {
      tokens.push(input['NextToken']);
      return { Models: [], NextToken: tokens.length < 3 ? `page${tokens.length}` : undefined };
    });
    const pages = await Array.fromAsync(connection.client.paginate('ListModels', { NameContains: 'm' }));
    assert.equal(pages.length, 3);
    assert.deepEqual(tokens, [undefined, 'page1', 'page2']);
  });

  test('notices pages that have no end', async () => {
    await using connection = await withServer<LogsOperations>('logs', () => ({ logGroups: [], nextToken: 'same' }));
    await assert.rejects(Array.fromAsync(connection.client.paginate('DescribeLogGroups', {})), /the same page twice/);
  });

  test('pages of s3 lead on by their last key where no marker is given', async () => {
    const markers: unknown[] = [];
    await using connection = await withServer<S3Operations>('s3', (_operation, input) => {
      markers.push(input['Marker']);
      return { IsTruncated: markers.length < 2, Contents: [{ Key: 'a' }, { Key: 'b' }] };
    });
    await Array.fromAsync(connection.client.paginate('ListObjects', { Bucket: 'b' }));
    assert.deepEqual(markers, [undefined, 'b']);
  });

  test('waits until a state is reached', async () => {
    const states = ['Creating', 'Creating', 'InService'];
    await using connection = await withServer<SagemakerOperations>('sagemaker', () => ({
      EndpointStatus: states.shift(),
    }));
    await connection.client.waitUntil('EndpointInService', { EndpointName: 'e' }, { delaySeconds: 0.001 });
    assert.deepEqual(states, []);
  });

  test('stops waiting when the state is out of reach, for its reason', async () => {
    await using connection = await withServer<SagemakerOperations>('sagemaker', () => ({
      EndpointStatus: 'Failed',
      FailureReason: 'the container does not answer',
    }));
    const wait = connection.client.waitUntil('EndpointInService', { EndpointName: 'e' }, { delaySeconds: 0.001 });
    await assert.rejects(wait, { code: 'WaiterFailed', message: /the container does not answer/ });
  });

  test('takes an expected error for success, and too many looks for failure', async () => {
    await using gone = await withServer<SagemakerOperations>('sagemaker', () => {
      throw new WireError('ValidationException', 'Could not find endpoint');
    });
    await gone.client.waitUntil('EndpointDeleted', { EndpointName: 'e' });
    await using slow = await withServer<SagemakerOperations>('sagemaker', () => ({ EndpointStatus: 'Creating' }));
    const wait = slow.client.waitUntil(
      'EndpointInService',
      { EndpointName: 'e' },
      { delaySeconds: 0.001, maxAttempts: 3 },
    );
    await assert.rejects(wait, { code: 'WaiterTimedOut' });
  });
});

async function* letters() {
  yield Buffer.from('ab');
  yield Buffer.from('c');
}

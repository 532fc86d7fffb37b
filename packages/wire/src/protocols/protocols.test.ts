import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { WireError } from '../errors.ts';
import { loadService } from '../model/load-service.ts';
import type { ServiceName } from '../model/load-service.ts';
import type { ProtocolName } from '../model/service-model.ts';
import { readText } from './body.ts';
import type { WireRequest } from './protocol.ts';
import { detectProtocol, loadProtocol } from './protocols.ts';

const get = { method: 'GET', path: '/', query: '', headers: {}, body: '' };
const post = { ...get, method: 'POST' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function parse(name: ServiceName, request: WireRequest) {
  const service = await loadService(name);
  const protocol = await detectProtocol(service, request);
  return protocol.parseRequest(service, request);
}

async function writeError(name: ServiceName, protocolName: ProtocolName, operationName: string, error: WireError) {
  const service = await loadService(name);
  const protocol = await loadProtocol(protocolName);
  return protocol.serializeError(service, service.operation(operationName), error, {
    requestId: 'r',
    resource: '/b/k',
  });
}

suite('a malformed request', () => {
  const target = { 'x-amz-target': 'SageMaker.ListModels' };
  const cbor = { 'smithy-protocol': 'rpc-v2-cbor' };
  const put = { 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' };
  const cases: readonly [string, ServiceName, WireRequest, string][] = [
    ['with no JSON', 'sagemaker', { ...post, headers: target, body: '{"MaxResults":' }, 'SerializationException'],
    [
      'with JSON of great depth',
      'sagemaker',
      { ...post, headers: { 'x-amz-target': 'SageMaker.Search' }, body: deepJson(50_000) },
      'SerializationException',
    ],
    [
      'with CBOR of great depth',
      'cloudwatch',
      {
        ...post,
        headers: cbor,
        path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
        body: Buffer.alloc(100_000, 0x81),
      },
      'SerializationException',
    ],
    [
      'with XML of great depth',
      's3',
      { ...post, path: '/b', query: 'delete', body: `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}` },
      'MalformedXML',
    ],
    ['with a JSON list', 'sagemaker', { ...post, headers: target, body: '[]' }, 'SerializationException'],
    [
      'of an unknown target',
      'sagemaker',
      { ...post, headers: { 'x-amz-target': 'SageMaker.Fly' } },
      'UnknownOperationException',
    ],
    ["of another service's target", 'sagemaker', { ...post, headers: put }, 'UnknownOperationException'],
    ['without a target', 'sagemaker', post, 'UnknownOperationException'],
    [
      'with a body that is not gzip',
      'sagemaker',
      { ...post, headers: { ...target, 'content-encoding': 'gzip' }, body: 'x' },
      'SerializationException',
    ],
    ['without an action', 'sts', { ...post, headers: form, body: 'Version=1' }, 'MissingAction'],
    ['of an unknown action', 'sts', { ...post, headers: form, body: 'Action=Fly' }, 'InvalidAction'],
    [
      'with no CBOR',
      'cloudwatch',
      { ...post, headers: cbor, path: '/service/GraniteServiceVersion20100801/operation/ListMetrics', body: 'x' },
      'SerializationException',
    ],
    [
      'of an unknown CBOR operation',
      'cloudwatch',
      { ...post, headers: cbor, path: '/service/GraniteServiceVersion20100801/operation/Fly' },
      'UnknownOperationException',
    ],
    ['of no known path', 'sagemaker-runtime', { ...post, path: '/fly' }, 'UnknownOperationException'],
    ['with a broken path', 's3', { ...get, path: '/b/%zz' }, 'InvalidURI'],
    ['with no XML', 's3', { ...post, path: '/b', query: 'delete', body: '<Delete><Object>' }, 'MalformedXML'],
    ['with a method that S3 lacks', 's3', { ...get, method: 'PATCH', path: '/b' }, 'MethodNotAllowed'],
  ];
  for (const [title, name, request, code] of cases) {
    test(`${title} is answered ${code}`, async () => {
      await assert.rejects(
        parse(name, request),
        (error) => error instanceof WireError && error.code === code && error.fault === 'client',
      );
    });
  }

  test('with entities of its own making replaces none of them', async () => {
    const body = '<!DOCTYPE d [<!ENTITY e "x">]><Delete><Object><Key>&e;&amp;&#65;</Key></Object></Delete>';
    const { input } = await parse('s3', { ...post, path: '/b', query: 'delete', body });
    assert.deepEqual(input['Delete'], { Objects: [{ Key: '&e;&A' }] });
  });
});

suite('a request', () => {
  test('that is compressed is unpacked', async () => {
    const headers = { 'x-amz-target': 'SageMaker.ListModels', 'content-encoding': 'gzip' };
    const { input } = await parse('sagemaker', { ...post, headers, body: gzipSync('{"MaxResults":5}') });
    assert.deepEqual(input, { MaxResults: 5 });
  });

  test('cannot replace the prototype of its input', async () => {
    const headers = { 'x-amz-target': 'SageMaker.ListModels' };
    const { input } = await parse('sagemaker', { ...post, headers, body: '{"__proto__":{"MaxResults":5}}' });
    assert.equal(input['MaxResults'], undefined);
    assert.equal(Object.getPrototypeOf(input), Object.prototype);
  });

  test('keeps members that the model does not know, and drops nulls', async () => {
    const headers = { 'x-amz-target': 'SageMaker.ListModels' };
    const { input } = await parse('sagemaker', { ...post, headers, body: '{"MaxResult":5,"SortBy":null}' });
    assert.deepEqual(input, { MaxResult: 5 });
  });

  test('finds the operation of s3 by path, query and headers', async () => {
    const cases: readonly [string, string, string, Record<string, string>, string][] = [
      ['GET', '/', '', {}, 'ListBuckets'],
      ['GET', '/b', '', {}, 'ListObjects'],
      ['GET', '/b/', 'prefix=a', {}, 'ListObjects'],
      ['GET', '/b', 'list-type=2&prefix=a', {}, 'ListObjectsV2'],
      ['GET', '/b', 'versions', {}, 'ListObjectVersions'],
      ['GET', '/b', 'location', {}, 'GetBucketLocation'],
      ['GET', '/b', 'uploads', {}, 'ListMultipartUploads'],
      ['GET', '/b', 'lifecycle', {}, 'GetBucketLifecycleConfiguration'],
      ['HEAD', '/b', '', {}, 'HeadBucket'],
      ['HEAD', '/b/k', '', {}, 'HeadObject'],
      ['GET', '/b/a/b/c', '', {}, 'GetObject'],
      ['GET', '/b/k', 'uploadId=u', {}, 'ListParts'],
      ['GET', '/b/k', 'tagging', {}, 'GetObjectTagging'],
      ['GET', '/b/k', 'partNumber=1', {}, 'GetObject'],
      ['PUT', '/b', '', {}, 'CreateBucket'],
      ['PUT', '/b/k', '', {}, 'PutObject'],
      ['PUT', '/b/k', 'x-id=PutObject', {}, 'PutObject'],
      ['PUT', '/b/k', '', { 'x-amz-copy-source': 'a/b' }, 'CopyObject'],
      ['PUT', '/b/k', 'partNumber=1&uploadId=u', {}, 'UploadPart'],
      ['PUT', '/b/k', 'partNumber=1&uploadId=u', { 'x-amz-copy-source': 'a/b' }, 'UploadPartCopy'],
      ['POST', '/b/k', 'uploads', {}, 'CreateMultipartUpload'],
      ['POST', '/b/k', 'uploadId=u', {}, 'CompleteMultipartUpload'],
      ['POST', '/b', 'delete', {}, 'DeleteObjects'],
      ['DELETE', '/b/k', '', {}, 'DeleteObject'],
      ['DELETE', '/b/k', 'uploadId=u', {}, 'AbortMultipartUpload'],
      ['DELETE', '/b', '', {}, 'DeleteBucket'],
    ];
    for (const [method, path, query, headers, expected] of cases) {
      const { operation } = await parse('s3', { method, path, query, headers, body: '' });
      assert.equal(operation.name, expected, `${method} ${path}?${query}`);
    }
  });
});

suite('an error', () => {
  test('of the query protocol has its own code and status where the model gives them', async () => {
    const { status, body } = await writeError(
      'iam',
      'query',
      'GetRole',
      new WireError('NoSuchEntityException', 'no <role>'),
    );
    assert.equal(status, 404);
    const error = '<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;role&gt;</Message></Error>';
    assert.ok(typeof body === 'string' && body.includes(error));
  });

  test('of a service that once spoke the query protocol carries its old code', async () => {
    const error = new WireError('DashboardNotFoundError', 'no');
    for (const protocol of ['json', 'smithy-rpc-v2-cbor'] as const) {
      const { headers, status } = await writeError('cloudwatch', protocol, 'GetDashboard', error);
      assert.deepEqual([headers['x-amzn-query-error'], status], ['ResourceNotFound;Sender', 404]);
    }
  });

  test('in JSON names its code in the body and in the header, and its message in both spellings', async () => {
    const { headers, body } = await writeError(
      'sagemaker',
      'json',
      'DescribeModel',
      new WireError('ValidationException', 'no'),
    );
    assert.equal(headers['x-amzn-errortype'], 'ValidationException');
    assert.deepEqual(JSON.parse(await readText(body)), { __type: 'ValidationException', message: 'no', Message: 'no' });
  });

  test('of s3 tells its resource, and is silent for HEAD', async () => {
    const error = new WireError('NoSuchKey', 'no', { members: { Key: 'k' } });
    const { status, body } = await writeError('s3', 'rest-xml', 'GetObject', error);
    assert.equal(status, 404);
    assert.ok(
      (await readText(body)).endsWith(
        '<Error><Code>NoSuchKey</Code><Message>no</Message><Key>k</Key><Resource>/b/k</Resource><RequestId>r</RequestId></Error>',
      ),
    );
    assert.equal((await writeError('s3', 'rest-xml', 'HeadObject', error)).body, '');
  });

  test("of ours is the server's fault in every protocol", async () => {
    for (const [name, protocol] of [
      ['sagemaker', 'json'],
      ['sts', 'query'],
      ['s3', 'rest-xml'],
      ['sagemaker-runtime', 'rest-json'],
      ['cloudwatch', 'smithy-rpc-v2-cbor'],
    ] as const) {
      const service = await loadService(name);
      const response = await writeError(
        name,
        protocol,
        service.operationNames[0] ?? '',
        new WireError('InternalFailure', 'oops'),
      );
      assert.equal(response.status, 500, protocol);
    }
  });

  test("that is a proxy's page is told by its status", async () => {
    for (const [name, protocolName] of [
      ['sagemaker', 'json'],
      ['sts', 'query'],
      ['s3', 'rest-xml'],
      ['sagemaker-runtime', 'rest-json'],
      ['cloudwatch', 'smithy-rpc-v2-cbor'],
    ] as const) {
      const service = await loadService(name);
      const protocol = await loadProtocol(protocolName);
      const operation = service.operation(service.operationNames[0] ?? '');
      assert.ok(operation);
      const response = { status: 503, headers: {}, body: '<html>Bad gateway<br></html>' };
      const error = await protocol.parseError(service, operation, response);
      assert.deepEqual([error.code, error.status, error.fault], ['ServiceUnavailable', 503, 'server']);
    }
  });
});

function deepJson(levels: number): string {
  const open = '{"SubExpressions":[';
  return `{"Resource":"TrainingJob","SearchExpression":${open.repeat(levels)}{}${']}'.repeat(levels)}}`;
}

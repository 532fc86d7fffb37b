import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  PutMetricDataCommand,
  DescribeAlarmsCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  S3Client,
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateTrainingJobCommand, DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { WireError } from '../errors.ts';
import { readBody } from '../protocols/body.ts';
import { startWireServer } from '../testing/wire-server.ts';

const common = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
const time = new Date('2026-01-02T03:04:05.678Z');

suite('the AWS SDK for JavaScript', () => {
  test('speaks JSON 1.1 with sagemaker', async () => {
    let seen: unknown;
    await using server = await startWireServer('sagemaker', (operation, input) => {
      seen = input;
      if (operation === 'CreateTrainingJob') return { TrainingJobArn: 'arn:aws:sagemaker:us-east-1:1:training-job/a' };
      return { TrainingJobName: 'a', CreationTime: time, FinalMetricDataList: [{ MetricName: 'm', Value: 0.5 }] };
    });
    const client = new SageMakerClient({ ...common, endpoint: server.endpoint });
    const input = {
      TrainingJobName: 'a',
      RoleArn: 'arn:aws:iam::123456789012:role/a',
      OutputDataConfig: { S3OutputPath: 's3://b/k' },
      HyperParameters: { k: '3' },
    };
    const created = await client.send(new CreateTrainingJobCommand(input));
    assert.deepEqual(seen, input);
    assert.equal(created.TrainingJobArn, 'arn:aws:sagemaker:us-east-1:1:training-job/a');
    assert.equal(created.$metadata.requestId, 'request-1');
    const described = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'a' }));
    assert.deepEqual(described.CreationTime, time);
    assert.deepEqual(described.FinalMetricDataList, [{ MetricName: 'm', Value: 0.5 }]);
  });

  test('reads errors of sagemaker, modelled and common', async () => {
    await using server = await startWireServer('sagemaker', () => {
      throw new WireError('ResourceNotFound', 'no such job');
    });
    const client = new SageMakerClient({ ...common, endpoint: server.endpoint });
    const missing = client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'a' }));
    await assert.rejects(missing, { name: 'ResourceNotFound', message: 'no such job' });
    const invalid = client.send(new DescribeTrainingJobCommand({ TrainingJobName: '?' }));
    await assert.rejects(invalid, {
      name: 'ValidationException',
      message: /^1 validation error detected: Value '\?' at/,
    });
  });

  test('invokes an endpoint, whole and streamed', async () => {
    await using server = await startWireServer('sagemaker-runtime', async (operation, input) => {
      const body = Buffer.from(await readBody(input['Body'] as AsyncIterable<Uint8Array>));
      if (input['EndpointName'] === 'broken') {
        throw new WireError('ModelError', 'the model failed', {
          members: { OriginalStatusCode: 500, OriginalMessage: 'no' },
        });
      }
      if (operation === 'InvokeEndpoint')
        return { Body: Buffer.concat([Buffer.from('got '), body]), ContentType: input['ContentType'] };
      return { Body: parts(), ContentType: 'text/plain' };
    });
    const client = new SageMakerRuntimeClient({ ...common, endpoint: server.endpoint });
    const request = { EndpointName: 'e', Body: Buffer.from('1,2'), ContentType: 'text/csv' };
    const answer = await client.send(new InvokeEndpointCommand(request));
    assert.equal(Buffer.from(answer.Body).toString(), 'got 1,2');
    assert.equal(answer.ContentType, 'text/csv');

    const streamed = await client.send(new InvokeEndpointWithResponseStreamCommand(request));
    assert.equal(streamed.ContentType, 'text/plain');
    const texts: string[] = [];
    for await (const event of streamed.Body ?? []) texts.push(Buffer.from(event.PayloadPart?.Bytes ?? []).toString());
    assert.deepEqual(texts, ['one', 'two']);

    const broken = client.send(new InvokeEndpointCommand({ ...request, EndpointName: 'broken' }));
    await assert.rejects(broken, {
      name: 'ModelError',
      message: 'the model failed',
      OriginalStatusCode: 500,
      OriginalMessage: 'no',
    });
  });

  test('speaks CBOR with cloudwatch', async () => {
    let seen: unknown;
    await using server = await startWireServer('cloudwatch', (operation, input) => {
      seen = input;
      if (operation === 'PutMetricData') return {};
      if (operation === 'DescribeAlarms') throw new WireError('InvalidNextToken', 'bad token');
      return { MetricDataResults: [{ Id: 'a', Timestamps: [time], Values: [1, 2.5] }] };
    });
    const client = new CloudWatchClient({ ...common, endpoint: server.endpoint });
    const data = {
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', Value: 1.5, Timestamp: time, Dimensions: [{ Name: 'a', Value: 'b' }] }],
    };
    await client.send(new PutMetricDataCommand(data));
    assert.deepEqual(seen, data);
    const query = { StartTime: time, EndTime: time, MetricDataQueries: [{ Id: 'a', Expression: 'm1' }] };
    const answer = await client.send(new GetMetricDataCommand(query));
    assert.deepEqual(answer.MetricDataResults, [{ Id: 'a', Timestamps: [time], Values: [1, 2.5] }]);
    await assert.rejects(client.send(new DescribeAlarmsCommand({})), {
      name: 'InvalidNextToken',
      message: 'bad token',
    });
  });

  test('reads log events', async () => {
    await using server = await startWireServer('logs', () => ({
      events: [{ timestamp: 5, message: 'line' }],
      nextForwardToken: 'f',
    }));
    const client = new CloudWatchLogsClient({ ...common, endpoint: server.endpoint });
    const answer = await client.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's' }));
    assert.deepEqual(answer.events, [{ timestamp: 5, message: 'line' }]);
  });

  test('speaks REST-XML with s3', async () => {
    const seen = new Map<string, Record<string, unknown>>();
    await using server = await startWireServer('s3', async (operation, input) => {
      const Body =
        input['Body'] === undefined
          ? undefined
          : Buffer.from(await readBody(input['Body'] as AsyncIterable<Uint8Array>)).toString();
      seen.set(operation, { ...input, ...(Body === undefined ? {} : { Body }) });
      return s3Answers[operation] ?? {};
    });
    const client = new S3Client({
      ...common,
      endpoint: server.endpoint,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const address = { Bucket: 'b', Key: 'a b/ü&+.txt' };

    await client.send(new PutObjectCommand({ ...address, Body: 'hello', Metadata: { colour: 'red' } }));
    const put = seen.get('PutObject');
    assert.deepEqual([put?.['Key'], put?.['Body'], put?.['Metadata']], [address.Key, 'hello', { colour: 'red' }]);

    const got = await client.send(new GetObjectCommand({ ...address, Range: 'bytes=0-1' }));
    assert.equal(await got.Body?.transformToString(), 'content');
    assert.deepEqual(
      [got.ContentLength, got.Metadata, got.LastModified],
      [7, { colour: 'red' }, new Date('2026-01-02T03:04:05Z')],
    );
    assert.equal(seen.get('GetObject')?.['Range'], 'bytes=0-1');

    const list = await client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a b/', Delimiter: '/' }));
    assert.deepEqual(list.Contents, [{ Key: 'a\u0001<b>&', Size: 3, LastModified: time }]);
    assert.deepEqual(list.CommonPrefixes, [{ Prefix: 'c/' }]);
    assert.equal(seen.get('ListObjectsV2')?.['Delimiter'], '/');

    const copied = await client.send(new CopyObjectCommand({ ...address, CopySource: 'b/k' }));
    assert.equal(copied.CopyObjectResult?.ETag, '"e"');

    const deleted = await client.send(
      new DeleteObjectsCommand({ Bucket: 'b', Delete: { Objects: [{ Key: ' a&b ' }, { Key: 'c' }] } }),
    );
    assert.deepEqual(seen.get('DeleteObjects')?.['Delete'], { Objects: [{ Key: ' a&b ' }, { Key: 'c' }] });
    assert.deepEqual(deleted.Deleted, [{ Key: 'c' }]);
    assert.equal(deleted.Errors?.[0]?.Code, 'AccessDenied');

    const located = await client.send(new GetBucketLocationCommand({ Bucket: 'b' }));
    assert.equal(located.LocationConstraint, 'eu-west-1');
  });

  test('reads errors of s3, with and without a body', async () => {
    await using server = await startWireServer('s3', (operation) => {
      throw new WireError(operation === 'HeadObject' ? 'NotFound' : 'NoSuchKey', 'The specified key does not exist.');
    });
    const client = new S3Client({ ...common, endpoint: server.endpoint, forcePathStyle: true });
    const get = client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    await assert.rejects(get, { name: 'NoSuchKey', message: 'The specified key does not exist.' });
    await assert.rejects(client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'k' })), { name: 'NotFound' });
  });
});

const s3Answers: Readonly<Record<string, unknown>> = {
  GetObject: { Body: parts7(), ContentLength: 7, Metadata: { colour: 'red' }, LastModified: time },
  ListObjectsV2: {
    Contents: [{ Key: 'a\u0001<b>&', Size: 3, LastModified: time }],
    CommonPrefixes: [{ Prefix: 'c/' }],
  },
  CopyObject: { CopyObjectResult: { ETag: '"e"' } },
  DeleteObjects: { Deleted: [{ Key: 'c' }], Errors: [{ Key: ' a&b ', Code: 'AccessDenied', Message: 'no' }] },
  GetBucketLocation: { LocationConstraint: 'eu-west-1' },
};

async function* parts() {
  yield { PayloadPart: { Bytes: Buffer.from('one') } };
  yield { PayloadPart: { Bytes: Buffer.from('two') } };
}

async function* parts7() {
  yield Buffer.from('con');
  yield Buffer.from('tent');
}

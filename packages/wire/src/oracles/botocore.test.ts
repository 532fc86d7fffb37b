import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { WireError } from '../errors.ts';
import type { ServiceName } from '../model/load-service.ts';
import { readBody } from '../protocols/body.ts';
import { startWireServer } from '../testing/wire-server.ts';
import type { Answer } from '../testing/wire-server.ts';

/** The newest clients where tools/python-environment.ts has installed them, else the system's. */
const environment = findPythonEnvironment('clients');
const python = 'bin' in environment ? join(environment.bin, 'python') : 'python3';
const hasBotocore = spawnSync(python, ['-c', 'import botocore'], { stdio: 'ignore' }).status === 0;
const skip = hasBotocore ? false : `${python} has no botocore`;
const time = new Date('2026-01-02T03:04:05.000Z');

suite('botocore', { skip }, () => {
  test('speaks JSON 1.1 with sagemaker', async () => {
    const input = {
      TrainingJobName: 'a',
      RoleArn: 'arn:aws:iam::123456789012:role/a',
      OutputDataConfig: { S3OutputPath: 's3://b/k' },
      HyperParameters: { k: '3' },
    };
    const seen: unknown[] = [];
    const answers = await ask(
      'sagemaker',
      [
        ['create_training_job', input],
        ['describe_training_job', { TrainingJobName: 'a' }],
        ['describe_training_job', { TrainingJobName: '?' }],
        ['stop_training_job', { TrainingJobName: 'a' }],
      ],
      (operation, given) => {
        seen.push(given);
        if (operation === 'StopTrainingJob') throw new WireError('ResourceNotFound', 'no such job');
        if (operation === 'CreateTrainingJob')
          return { TrainingJobArn: 'arn:aws:sagemaker:us-east-1:123456789012:training-job/a' };
        return { TrainingJobName: 'a', CreationTime: time };
      },
    );
    assert.deepEqual(seen[0], input);
    assert.equal(answers[0]?.['TrainingJobArn'], 'arn:aws:sagemaker:us-east-1:123456789012:training-job/a');
    assert.deepEqual(answers[0]?.['ResponseMetadata'], { RequestId: 'request-1' });
    assert.equal(new Date(String(answers[1]?.['CreationTime'])).getTime(), time.getTime());
    assert.match(
      String(errorOf(answers[2])['Message']),
      /^1 validation error detected: Value '\?' at 'trainingJobName'/,
    );
    assert.deepEqual(answers[3], { Error: { Message: 'no such job', Code: 'ResourceNotFound' }, Status: 400 });
  });

  test('speaks the query protocol with sts and iam', async () => {
    const [identity, assumed] = await ask(
      'sts',
      [
        ['get_caller_identity', {}],
        [
          'assume_role',
          { RoleArn: 'arn:aws:iam::123456789012:role/a', RoleSessionName: 'me', Tags: [{ Key: 'a', Value: 'b=c+d' }] },
        ],
      ],
      (operation, input) => {
        if (operation === 'GetCallerIdentity') return { Account: '1', Arn: 'a<b', UserId: 'u' };
        assert.deepEqual(input['Tags'], [{ Key: 'a', Value: 'b=c+d' }]);
        return { Credentials: { AccessKeyId: 'a', SecretAccessKey: 's', SessionToken: 't', Expiration: time } };
      },
    );
    assert.deepEqual([identity?.['Account'], identity?.['Arn']], ['1', 'a<b']);
    assert.deepEqual(identity?.['ResponseMetadata'], { RequestId: 'request-1' });
    assert.match(JSON.stringify(assumed), /2026-01-02T03:04:05/);
    const [role] = await ask('iam', [['get_role', { RoleName: 'r' }]], () => {
      throw new WireError('NoSuchEntityException', 'The role with name r cannot be found.');
    });
    assert.deepEqual(role, {
      Error: { Type: 'Sender', Code: 'NoSuchEntity', Message: 'The role with name r cannot be found.' },
      Status: 404,
    });
  });

  test('speaks to cloudwatch in the protocol of its choice', async () => {
    const put = {
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', Value: 1.5, Dimensions: [{ Name: 'a', Value: 'b' }] }],
    };
    const statistics = {
      Namespace: 'n',
      MetricName: 'm',
      StartTime: '2026-01-01T00:00:00Z',
      EndTime: '2026-01-02T00:00:00Z',
      Period: 60,
      Statistics: ['Sum'],
    };
    const seen: unknown[] = [];
    const answers = await ask(
      'cloudwatch',
      [
        ['put_metric_data', put],
        ['get_metric_statistics', statistics],
        ['get_dashboard', { DashboardName: 'd' }],
      ],
      (operation, input) => {
        seen.push(input);
        if (operation === 'GetDashboard') throw new WireError('DashboardNotFoundError', 'no such dashboard');
        return operation === 'PutMetricData' ? {} : { Label: 'm', Datapoints: [{ Timestamp: time, Sum: 3 }] };
      },
    );
    assert.deepEqual(seen[0], put);
    assert.match(JSON.stringify(answers[1]), /"Sum": ?3/);
    assert.deepEqual(
      [errorOf(answers[2])['Code'], errorOf(answers[2])['Message']],
      ['ResourceNotFound', 'no such dashboard'],
    );
  });

  test('invokes an endpoint, whole and streamed', async () => {
    const input = { EndpointName: 'e', Body: '1,2', ContentType: 'text/csv' };
    const answers = await ask(
      'sagemaker-runtime',
      [
        ['invoke_endpoint', input],
        ['invoke_endpoint_with_response_stream', input],
        ['invoke_endpoint', { ...input, EndpointName: 'broken' }],
      ],
      async (operation, given) => {
        if (given['EndpointName'] === 'broken')
          throw new WireError('ModelError', 'failed', { members: { OriginalStatusCode: 500 } });
        if (operation === 'InvokeEndpointWithResponseStream') return { Body: parts() };
        return { Body: await readBody(given['Body'] as AsyncIterable<Uint8Array>), ContentType: 'text/csv' };
      },
    );
    assert.deepEqual([answers[0]?.['Body'], answers[0]?.['ContentType']], ['1,2', 'text/csv']);
    assert.deepEqual(answers[1]?.['Body'], ['one', 'two']);
    assert.deepEqual([errorOf(answers[2])['Code'], answers[2]?.['Status']], ['ModelError', 424]);
  });

  test('speaks REST-XML with s3', async () => {
    const address = { Bucket: 'bucket', Key: 'a b/ü&+.txt' };
    const answers = await ask(
      's3',
      [
        ['get_object', address],
        ['list_objects_v2', { Bucket: 'bucket', Delimiter: '/' }],
        ['delete_objects', { Bucket: 'bucket', Delete: { Objects: [{ Key: ' a&b ' }] } }],
        ['get_bucket_location', { Bucket: 'bucket' }],
        ['head_object', address],
        ['get_object_tagging', address],
      ],
      (operation, input) => {
        if (operation === 'GetObject')
          return { Body: Buffer.from(String(input['Key'])), ETag: '"e"', LastModified: time };
        if (operation === 'ListObjectsV2')
          return { Contents: [{ Key: 'a<b>&', Size: 3, LastModified: time }], CommonPrefixes: [{ Prefix: 'c/' }] };
        if (operation === 'DeleteObjects') return { Deleted: (input['Delete'] as { Objects: unknown[] }).Objects };
        if (operation === 'GetBucketLocation') return { LocationConstraint: 'eu-west-1' };
        throw new WireError(operation === 'HeadObject' ? 'NotFound' : 'NoSuchKey', 'The specified key does not exist.');
      },
    );
    assert.deepEqual([answers[0]?.['Body'], answers[0]?.['ETag']], [address.Key, '"e"']);
    assert.match(
      JSON.stringify(answers[1]?.['Contents']),
      /"Key":"a<b>&","LastModified":"2026-01-02T03:04:05\+00:00","Size":3/,
    );
    assert.deepEqual(answers[1]?.['CommonPrefixes'], [{ Prefix: 'c/' }]);
    assert.deepEqual(answers[2]?.['Deleted'], [{ Key: ' a&b ' }]);
    assert.equal(answers[3]?.['LocationConstraint'], 'eu-west-1');
    assert.deepEqual(answers[4], { Error: { Code: '404', Message: 'Not Found' }, Status: 404 });
    assert.deepEqual([errorOf(answers[5])['Code'], answers[5]?.['Status']], ['NoSuchKey', 404]);
  });
});

type Read = Record<string, unknown>;

/** Lets botocore make the calls against a server that answers so, and gives what it read. */
async function ask(
  service: ServiceName,
  calls: readonly (readonly [string, object])[],
  answer: Answer,
): Promise<Read[]> {
  await using server = await startWireServer(service, answer);
  const requests = calls.map(([method, input]) => ({ service, endpoint: server.endpoint, method, input }));
  const child = spawn(python, [join(import.meta.dirname, 'call-botocore.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(requests));
  const output = Buffer.concat(await child.stdout.toArray()).toString('utf8');
  const lines = output.trim().split('\n').slice(1);
  assert.equal(lines.length, calls.length, `botocore answered ${output}`);
  // The script prints one object for each call.
  return lines.map((line) => JSON.parse(line) as Read);
}

function errorOf(answer: Read | undefined): Read {
  // The script prints botocore's error so.
  return (answer?.['Error'] ?? {}) as Read;
}

async function* parts() {
  yield { PayloadPart: { Bytes: Buffer.from('one') } };
  yield { PayloadPart: { Bytes: Buffer.from('two') } };
}

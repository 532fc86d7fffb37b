/** Clients that are not ours, unchanged. */
import { GetObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ListMetricsCommand, CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import type { Service } from '../services/service.ts';
import { stsService } from '../services/sts/index.ts';
import { memoryS3 } from './testing/memory-s3.ts';
import { openFrontDoor, type OpenedFrontDoor } from './testing/open-front-door.ts';

const sagemaker: Service = { name: 'sagemaker', handlers: { ListModels: () => ({ Models: [] }) } };
const cloudwatch: Service = {
  name: 'cloudwatch',
  handlers: { ListMetrics: () => ({ Metrics: [{ MetricName: 'Loss' }] }) },
};
const invocations = {
  handle: (_request: unknown, response: { end(text: Uint8Array): void }, body: Uint8Array) => response.end(body),
};

async function open(t: TestContext): Promise<OpenedFrontDoor & { s3: ReturnType<typeof memoryS3> }> {
  const s3 = memoryS3();
  const services = (keys: OpenedFrontDoor['keys']): Service[] => [sagemaker, cloudwatch, s3, stsService({ keys })];
  return { ...(await openFrontDoor(t, { tls: true, services, invocations })), s3 };
}

async function run(command: string, args: readonly string[], door: OpenedFrontDoor): Promise<string> {
  const child = spawn(command, args, {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: door.url,
      AWS_ACCESS_KEY_ID: door.key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: door.key.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      TLS_URL: `https://localhost:${door.https?.port}`,
      CA_FILE: door.caFile,
    },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(child, 'close');
  return text.trim();
}

const boto3 = spawnSync('python3', ['-c', 'import boto3']).status === 0;

test(
  'boto3 signs, presigns, uploads in chunks over TLS, and assumes a role',
  { skip: boto3 ? false : 'python3 with boto3 is not installed' },
  async (t) => {
    const door = await open(t);
    const program = `
import boto3, io, os, ssl, urllib.request
from botocore.config import Config
assert boto3.client('sagemaker').list_models()['Models'] == []
assert boto3.client('cloudwatch').list_metrics()['Metrics'] == [{'MetricName': 'Loss'}]
assert boto3.client('sagemaker-runtime').invoke_endpoint(EndpointName='e', Body=b'1,2')['Body'].read() == b'1,2'
plain = boto3.client('s3')
tls = boto3.client('s3', endpoint_url=os.environ['TLS_URL'], verify=os.environ['CA_FILE'])
body = os.urandom(3_000_000)
for client in (plain, tls):
    client.put_object(Bucket='b', Key='a key/ä+', Body=io.BytesIO(body))
    assert client.get_object(Bucket='b', Key='a key/ä+')['Body'].read() == body
for version in (None, 's3v4'):
    client = boto3.client('s3', config=Config(signature_version=version))
    url = client.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'a key/ä+'})
    assert urllib.request.urlopen(url).read() == body
    url = client.generate_presigned_url('put_object', Params={'Bucket': 'b', 'Key': 'p', 'ContentType': 'text/x'})
    urllib.request.urlopen(urllib.request.Request(url, data=b'put', method='PUT', headers={'Content-Type': 'text/x'}))
sts = boto3.client('sts')
assert ':assumed-role/RungRole/first' in sts.get_caller_identity()['Arn']
for issue in (lambda: sts.assume_role(RoleArn='arn:aws:iam::000000000000:role/service-role/My', RoleSessionName='ss'), sts.get_session_token, lambda: sts.get_federation_token(Name='fed')):
    c = issue()['Credentials']
    session = dict(aws_access_key_id=c['AccessKeyId'], aws_secret_access_key=c['SecretAccessKey'], aws_session_token=c['SessionToken'])
    print(boto3.client('sts', **session).get_caller_identity()['Arn'])
    url = boto3.client('s3', **session).generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'p'})
    assert urllib.request.urlopen(url).read() == b'put'
def code(client, call):
    try: call(client); return 'none'
    except client.exceptions.ClientError as error: return error.response['Error']['Code'] + '/' + str(error.response['ResponseMetadata'].get('RetryAttempts', 0))
wrong = dict(aws_secret_access_key='x')
print(code(boto3.client('sagemaker', **wrong, aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID']), lambda c: c.list_models()))
print(code(boto3.client('s3', **wrong, aws_access_key_id='nobody'), lambda c: c.list_buckets()))
print(code(boto3.client('sagemaker'), lambda c: c.list_hyper_parameter_tuning_jobs()))
`;
    assert.equal(
      await run('python3', ['-c', program], door),
      [
        'arn:aws:sts::000000000000:assumed-role/My/ss',
        'arn:aws:sts::000000000000:assumed-role/RungRole/first',
        'arn:aws:sts::000000000000:federated-user/fed',
        'InvalidSignatureException/0',
        'InvalidAccessKeyId/0',
        'NotImplemented/0',
      ].join('\n'),
    );
  },
);

const cli = spawnSync('aws', ['--version']).status === 0;

test('the AWS CLI is served', { skip: cli ? false : 'the AWS CLI is not installed' }, async (t) => {
  const door = await open(t);
  const output = await run('aws', ['sts', 'get-caller-identity', '--query', 'Account', '--output', 'text'], door);
  assert.equal(output, '000000000000');
});

test('the AWS SDK for JavaScript is served: buffers, streams, presigned URLs, CBOR, invocations', async (t) => {
  const door = await open(t);
  const common = { endpoint: door.url, region: 'us-east-1', credentials: door.key };
  assert.deepEqual((await new SageMakerClient(common).send(new ListModelsCommand({}))).Models, []);
  assert.deepEqual((await new CloudWatchClient(common).send(new ListMetricsCommand({}))).Metrics, [
    { MetricName: 'Loss' },
  ]);
  const invoked = await new SageMakerRuntimeClient(common).send(
    new InvokeEndpointCommand({ EndpointName: 'e', Body: Buffer.from('1,2') }),
  );
  assert.equal(Buffer.from(invoked.Body ?? []).toString(), '1,2');

  const s3 = new S3Client({ ...common, forcePathStyle: true });
  assert.deepEqual((await s3.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  const content = Buffer.alloc(300_000, 'stream ');
  await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'whole', Body: content }));
  const pieces = Readable.from([content.subarray(0, 100_000), content.subarray(100_000)], { objectMode: false });
  await s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'stream', Body: pieces, ContentLength: content.length }));
  await new Upload({ client: s3, params: { Bucket: 'b', Key: 'upload', Body: Readable.from([content]) } }).done();
  for (const key of ['whole', 'stream', 'upload'])
    assert.deepEqual(door.s3.objects.get(`b/${key}`)?.body, content, key);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'stream' }));
  assert.deepEqual(Buffer.from((await Body?.transformToByteArray()) ?? []), content);
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'b', Key: 'whole' }), { expiresIn: 60 });
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), content);
  const stranger = new SageMakerClient({ ...common, credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } });
  await assert.rejects(stranger.send(new ListModelsCommand({})), { name: 'UnrecognizedClientException' });
});

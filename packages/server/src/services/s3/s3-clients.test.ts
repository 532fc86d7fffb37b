/** The S3 door driven by the AWS SDK for JavaScript, as users' programs drive it. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListPartsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
  AbortMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { openS3Door, type S3Door } from './testing/s3-door.ts';

const MiB = 1024 * 1024;
const Bucket = 'data';
let door: S3Door;
let s3: S3Client;

before(async () => {
  door = await openS3Door();
  s3 = new S3Client({
    endpoint: door.endpoint,
    region: 'us-east-1',
    credentials: door.credentials,
    forcePathStyle: true,
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
});

after(async () => {
  s3.destroy();
  await door.close();
});

async function read(
  Key: string,
  more: Partial<ConstructorParameters<typeof GetObjectCommand>[0]> = {},
): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function refusedWith(name: string, status: number): (error: S3ServiceException) => boolean {
  return (error) => {
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status]);
    return true;
  };
}

describe('buckets', () => {
  test('are made once, found, located and listed', async () => {
    // Again is no error in us-east-1, and takes nothing away.
    await s3.send(new CreateBucketCommand({ Bucket }));
    await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'missing' })), refusedWith('NotFound', 404));
    await assert.rejects(
      s3.send(new HeadBucketCommand({ Bucket, ExpectedBucketOwner: '123456789012' })),
      (error: S3ServiceException) => error.$metadata.httpStatusCode === 403,
    );
    assert.equal((await s3.send(new HeadBucketCommand({ Bucket }))).BucketRegion, 'us-east-1');
    assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined);
    assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    assert.deepEqual(
      Buckets.map(({ Name }) => Name),
      [Bucket],
    );
    assert.ok(Buckets[0]?.CreationDate instanceof Date);
  });

  test('are made again in no region but us-east-1', async (t) => {
    const elsewhere = await openS3Door(undefined, 'eu-central-1');
    const client = new S3Client({
      endpoint: elsewhere.endpoint,
      region: 'eu-central-1',
      credentials: elsewhere.credentials,
      forcePathStyle: true,
    });
    t.after(async () => {
      client.destroy();
      await elsewhere.close();
    });
    await client.send(new CreateBucketCommand({ Bucket }));
    await assert.rejects(client.send(new CreateBucketCommand({ Bucket })), refusedWith('BucketAlreadyOwnedByYou', 409));
  });

  test('are removed only when empty', async () => {
    await s3.send(
      new CreateBucketCommand({
        Bucket: 'short-lived',
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket: 'short-lived', Key: 'k', Body: 'x' }));
    await assert.rejects(
      s3.send(new DeleteBucketCommand({ Bucket: 'short-lived' })),
      refusedWith('BucketNotEmpty', 409),
    );
    await s3.send(
      new DeleteObjectsCommand({ Bucket: 'short-lived', Delete: { Objects: [{ Key: 'k' }, { Key: 'never was' }] } }),
    );
    await s3.send(new DeleteBucketCommand({ Bucket: 'short-lived' }));
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket: 'short-lived', Key: 'k', Body: 'x' })),
      refusedWith('NoSuchBucket', 404),
    );
  });

  test('must have names that S3 allows', async () => {
    await assert.rejects(
      s3.send(new CreateBucketCommand({ Bucket: 'No_Capitals' })),
      refusedWith('InvalidBucketName', 400),
    );
  });
});

describe('objects', () => {
  test('keep what describes them', async () => {
    const put = {
      ContentType: 'text/csv',
      CacheControl: 'no-store',
      ContentEncoding: 'gzip',
      ContentDisposition: 'attachment',
      Metadata: { Stage: 'raw', note: 'x y' },
    };
    const Body = 'a,b\n1,2\n';
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'tables/a b+c ü.csv', Body, ...put }));
    assert.equal(ETag, `"${createHash('md5').update(Body).digest('hex')}"`);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'tables/a b+c ü.csv', ChecksumMode: 'ENABLED' }));
    assert.deepEqual(
      {
        type: head.ContentType,
        cache: head.CacheControl,
        encoding: head.ContentEncoding,
        disposition: head.ContentDisposition,
        metadata: head.Metadata,
        length: head.ContentLength,
      },
      {
        type: 'text/csv',
        cache: 'no-store',
        encoding: 'gzip',
        disposition: 'attachment',
        metadata: { stage: 'raw', note: 'x y' },
        length: 8,
      },
    );
    assert.match(head.ChecksumCRC32 ?? '', /^[\w+/]{6}==$/);
    assert.equal((await read('tables/a b+c ü.csv')).toString(), Body);
    const overridden = await s3.send(
      new GetObjectCommand({ Bucket, Key: 'tables/a b+c ü.csv', ResponseContentType: 'text/plain' }),
    );
    await overridden.Body?.transformToString();
    assert.equal(overridden.ContentType, 'text/plain');
  });

  test('of no bytes come back as no bytes', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'folder/' }));
    assert.equal((await read('folder/')).length, 0);
    assert.equal(
      (await s3.send(new HeadObjectCommand({ Bucket, Key: 'folder/' }))).ContentType,
      'application/octet-stream',
    );
  });

  test('that are missing are 404 with and without a body', async () => {
    await assert.rejects(read('nothing'), refusedWith('NoSuchKey', 404));
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'nothing' })), refusedWith('NotFound', 404));
  });

  for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    test(`are streamed in with a trailing ${ChecksumAlgorithm}, and checked on the way out`, async () => {
      const bytes = randomBytes(3 * MiB + 17);
      const Key = `sums/${ChecksumAlgorithm}`;
      const Body = Readable.from(slices(bytes, 70_000));
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: bytes.length, ChecksumAlgorithm }));
      assert.ok((await read(Key, { ChecksumMode: 'ENABLED' })).equals(bytes));
      const { Checksum, ObjectSize } = await s3.send(
        new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectSize'] }),
      );
      assert.equal(ObjectSize, bytes.length);
      assert.ok(Checksum?.[`Checksum${ChecksumAlgorithm}`]);
    });
  }

  test('with a wrong checksum or digest are refused and leave the old bytes', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'old' }));
    const wrong = s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'new', ChecksumCRC32: 'AAAAAA==' }));
    await assert.rejects(wrong, refusedWith('BadDigest', 400));
    const md5 = createHash('md5').update('other').digest('base64');
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'new', ContentMD5: md5 })),
      refusedWith('BadDigest', 400),
    );
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'new', ContentMD5: 'short' })),
      refusedWith('InvalidDigest', 400),
    );
    assert.equal((await read('kept')).toString(), 'old');
  });

  test('are read in ranges', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '0123456789' }));
    const middle = await s3.send(new GetObjectCommand({ Bucket, Key: 'digits', Range: 'bytes=2-4' }));
    assert.equal(await middle.Body?.transformToString(), '234');
    assert.deepEqual(
      [middle.$metadata.httpStatusCode, middle.ContentRange, middle.ContentLength],
      [206, 'bytes 2-4/10', 3],
    );
    assert.equal((await read('digits', { Range: 'bytes=-3' })).toString(), '789');
    assert.equal((await read('digits', { Range: 'bytes=8-100' })).toString(), '89');
    await assert.rejects(read('digits', { Range: 'bytes=10-' }), refusedWith('InvalidRange', 416));
  });

  test('are read and written under conditions', async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'guarded', Body: '1', IfNoneMatch: '*' }));
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket, Key: 'guarded', Body: '2', IfNoneMatch: '*' })),
      refusedWith('PreconditionFailed', 412),
    );
    await assert.rejects(
      s3.send(new PutObjectCommand({ Bucket, Key: 'guarded', Body: '2', IfMatch: '"0"' })),
      refusedWith('PreconditionFailed', 412),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'guarded', Body: '2', IfMatch: ETag }));
    assert.equal((await read('guarded')).toString(), '2');
    await assert.rejects(read('guarded', { IfMatch: ETag }), refusedWith('PreconditionFailed', 412));
    const { ETag: now } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'guarded' }));
    await assert.rejects(
      read('guarded', { IfNoneMatch: now }),
      (error: S3ServiceException) => error.$metadata.httpStatusCode === 304,
    );
    await assert.rejects(
      read('guarded', { IfModifiedSince: new Date(Date.now() + 60_000) }),
      (error: S3ServiceException) => error.$metadata.httpStatusCode === 304,
    );
  });

  test('are copied with their description or a new one', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'from/ü +', Body: 'copied', Metadata: { a: '1' } }));
    const CopySource = `${Bucket}/${encodeURIComponent('from/ü +')}`;
    const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
    assert.ok(CopyObjectResult?.LastModified instanceof Date);
    assert.deepEqual((await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).Metadata, { a: '1' });
    await s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'to',
        CopySource: `${Bucket}/to`,
        MetadataDirective: 'REPLACE',
        Metadata: { b: '2' },
        ContentType: 'x/y',
      }),
    );
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
    assert.deepEqual([head.Metadata, head.ContentType, (await read('to')).toString()], [{ b: '2' }, 'x/y', 'copied']);
    await assert.rejects(
      s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/to` })),
      refusedWith('InvalidRequest', 400),
    );
    await assert.rejects(
      s3.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/none` })),
      refusedWith('NoSuchKey', 404),
    );
  });

  test('are put and got through presigned addresses', async () => {
    const address = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'signed/é' }), { expiresIn: 60 });
    assert.equal((await fetch(address, { method: 'PUT', body: 'by address' })).status, 200);
    const answer = await fetch(
      await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'signed/é' }), { expiresIn: 60 }),
    );
    assert.equal(await answer.text(), 'by address');
    assert.equal((await fetch(`${door.endpoint}/${Bucket}/signed/%C3%A9`)).status, 403);
  });
});

describe('listings', () => {
  const Lists = 'lists';
  const keys = ['a', 'a/b', 'b//c', 'dir/1', 'dir/2', 'dir/sub/3', 'e f+g', 'z~', 'ü', '\u{1F600}'];

  before(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: Lists }));
    await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket: Lists, Key, Body: Key }))));
  });

  test('are in byte order, in pages', async () => {
    const found: (string | undefined)[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3, pageSize: 3 }, { Bucket: Lists })) {
      assert.ok(Contents.length <= 3);
      found.push(...Contents.map(({ Key }) => Key));
    }
    assert.deepEqual(found, keys);
  });

  test('fold at the delimiter', async () => {
    const folded: (string | undefined)[] = [];
    const kept: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2(
      { client: s3, pageSize: 2 },
      { Bucket: Lists, Delimiter: '/', EncodingType: 'url' },
    )) {
      folded.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix));
      kept.push(...(page.Contents ?? []).map(({ Key }) => decodeURIComponent(Key ?? '')));
    }
    assert.deepEqual(
      [folded, kept],
      [
        ['a/', 'b/', 'dir/'],
        ['a', 'e f+g', 'z~', 'ü', '\u{1F600}'],
      ],
    );
  });

  test('of the first version page by marker', async () => {
    const seen: (string | undefined)[] = [];
    for (let Marker: string | undefined = ''; Marker !== undefined;) {
      const page: {
        CommonPrefixes?: { Prefix?: string | undefined }[] | undefined;
        Contents?: { Key?: string | undefined }[] | undefined;
        NextMarker?: string | undefined;
      } = await s3.send(new ListObjectsCommand({ Bucket: Lists, Prefix: 'd', Delimiter: '/', MaxKeys: 1, Marker }));
      seen.push(
        ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        ...(page.Contents ?? []).map(({ Key }) => Key),
      );
      Marker = page.NextMarker;
    }
    assert.deepEqual(seen, ['dir/']);
  });
});

describe('multipart uploads', () => {
  test('of 20 MB come back byte for byte', async () => {
    const bytes = randomBytes(20 * MiB + 5);
    const upload = new Upload({
      client: s3,
      params: { Bucket, Key: 'big', Body: Readable.from(slices(bytes, 100_000)), ContentType: 'x/big' },
      partSize: 5 * MiB,
    });
    const { ETag } = await upload.done();
    assert.match(ETag ?? '', /^"[0-9a-f]{32}-5"$/);
    assert.ok((await read('big')).equals(bytes));
    const second = await s3.send(new GetObjectCommand({ Bucket, Key: 'big', PartNumber: 2 }));
    assert.ok(Buffer.from((await second.Body?.transformToByteArray()) ?? []).equals(bytes.subarray(5 * MiB, 10 * MiB)));
    assert.equal(second.PartsCount, 5);
    assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key: 'big' }))).ContentType, 'x/big');
  });

  test('show their parts, refuse wrong ones and can be given up', async () => {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ChecksumAlgorithm: 'CRC64NVME' }),
    );
    const at = { Bucket, Key: 'parts', UploadId };
    const bytes = randomBytes(5 * MiB + 3);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: bytes }));
    const one = await s3.send(
      new UploadPartCopyCommand({
        ...at,
        PartNumber: 1,
        CopySource: `${Bucket}/source`,
        CopySourceRange: `bytes=0-${5 * MiB - 1}`,
      }),
    );
    const two = await s3.send(
      new UploadPartCommand({ ...at, PartNumber: 2, Body: bytes.subarray(5 * MiB), ChecksumAlgorithm: 'CRC64NVME' }),
    );
    const { Parts = [] } = await s3.send(new ListPartsCommand(at));
    assert.deepEqual(
      Parts.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 5 * MiB],
        [2, 3],
      ],
    );
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    assert.deepEqual(
      Uploads.map((upload) => upload.UploadId),
      [UploadId],
    );

    const parts = [
      { PartNumber: 1, ETag: one.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: two.ETag },
    ];
    const complete = (Parts: typeof parts) =>
      s3.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }));
    await assert.rejects(complete(parts.toReversed()), refusedWith('InvalidPartOrder', 400));
    await assert.rejects(complete([{ PartNumber: 3, ETag: '"x"' }]), refusedWith('InvalidPart', 400));
    const done = await complete(parts);
    assert.ok((await read('parts', { ChecksumMode: 'ENABLED' })).equals(bytes));
    assert.deepEqual([done.ChecksumType, done.Key], ['FULL_OBJECT', 'parts']);
    await assert.rejects(s3.send(new ListPartsCommand(at)), refusedWith('NoSuchUpload', 404));

    const other = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'given up' }));
    await s3.send(
      new UploadPartCommand({ Bucket, Key: 'given up', UploadId: other.UploadId, PartNumber: 1, Body: 'x' }),
    );
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'given up', UploadId: other.UploadId }));
    await assert.rejects(read('given up'), refusedWith('NoSuchKey', 404));
  });
});

test('many objects are deleted with one request', async () => {
  const keys = Array.from({ length: 120 }, (_, index) => ({ Key: `many/${index}` }));
  await Promise.all(keys.map(({ Key }) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
  const { Deleted = [], Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys } }));
  assert.deepEqual([Deleted.length, Errors.length], [120, 0]);
  await assert.rejects(read('many/7'), refusedWith('NoSuchKey', 404));
});

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

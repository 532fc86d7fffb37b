/** An object's description, in the seam's form and in that of S3's calls. */
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Checksum, ObjectInfo, PutOptions } from '../object-store.ts';

type Described = Pick<
  HeadObjectCommandOutput,
  | 'ETag'
  | 'LastModified'
  | 'ContentType'
  | 'ContentEncoding'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentLanguage'
  | 'Metadata'
  | `Checksum${Checksum['algorithm']}`
>;

const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

/** S3 says this of what nobody described. */
const UNTOLD_TYPE = /^(?:binary|application)\/octet-stream$/;

export function infoOf(key: string, size: number, output: Partial<Described>): ObjectInfo {
  const encoding = output.ContentEncoding?.replace(/^aws-chunked,?/, '') ?? '';
  const sum = checksumOf(output);
  return {
    key,
    size,
    etag: bareEtag(output.ETag),
    modifiedAt: output.LastModified ?? new Date(0),
    ...(output.ContentType !== undefined &&
      !UNTOLD_TYPE.test(output.ContentType) && { contentType: output.ContentType }),
    ...(encoding !== '' && { contentEncoding: encoding }),
    ...(output.CacheControl !== undefined && { cacheControl: output.CacheControl }),
    ...(output.ContentDisposition !== undefined && { contentDisposition: output.ContentDisposition }),
    ...(output.ContentLanguage !== undefined && { contentLanguage: output.ContentLanguage }),
    metadata: Object.fromEntries(
      Object.entries(output.Metadata ?? {}).map(([name, value]) => [decode(name), decode(value)]),
    ),
    ...(sum && { checksum: sum }),
  };
}

export function checksumOf(output: Partial<Pick<Described, `Checksum${Checksum['algorithm']}`>>): Checksum | undefined {
  for (const algorithm of algorithms) {
    const value = output[`Checksum${algorithm}`];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}

export function described(options: PutOptions): {
  ContentType?: string;
  ContentEncoding?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentLanguage?: string;
  Metadata?: Record<string, string>;
} {
  const { metadata } = options;
  return {
    ...(options.contentType !== undefined && { ContentType: options.contentType }),
    ...(options.contentEncoding !== undefined && { ContentEncoding: options.contentEncoding }),
    ...(options.cacheControl !== undefined && { CacheControl: options.cacheControl }),
    ...(options.contentDisposition !== undefined && { ContentDisposition: options.contentDisposition }),
    ...(options.contentLanguage !== undefined && { ContentLanguage: options.contentLanguage }),
    ...(metadata && {
      Metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [encode(name), encode(value)])),
    }),
  };
}

export function conditions(options: PutOptions): { IfMatch?: string; IfNoneMatch?: string } {
  return {
    ...(options.ifMatch !== undefined && { IfMatch: options.ifMatch }),
    ...(options.ifNoneMatch !== undefined && { IfNoneMatch: options.ifNoneMatch }),
  };
}

export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** Headers are ASCII: what is not travels percent-encoded, and what looks encoded too, so that it comes back as it was. */
function encode(text: string): string {
  return /^[\x20-\x24\x26-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody else's metadata
  }
}

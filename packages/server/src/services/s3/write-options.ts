import type { PutOptions } from '../../objects/object-store.ts';
import { refuse } from './errors.ts';
import { present } from './present.ts';

interface DescribingMembers {
  ContentType?: string | undefined;
  ContentEncoding?: string | undefined;
  CacheControl?: string | undefined;
  ContentDisposition?: string | undefined;
  ContentLanguage?: string | undefined;
  Metadata?: Readonly<Record<string, string>> | undefined;
}

/** What a request says about the object that it makes, beside the bytes. */
export function descriptionOptions(input: DescribingMembers): PutOptions {
  return present({
    contentType: input.ContentType,
    contentEncoding: withoutChunking(input.ContentEncoding),
    cacheControl: input.CacheControl,
    contentDisposition: input.ContentDisposition,
    contentLanguage: input.ContentLanguage,
    metadata:
      input.Metadata &&
      Object.fromEntries(Object.entries(input.Metadata).map(([name, value]) => [name.toLowerCase(), value])),
  });
}

/** @throws InvalidArgument for an If-None-Match other than `*`, as S3 for writes */
export function writeConditions(input: {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}): Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'> {
  if (input.IfNoneMatch !== undefined && input.IfNoneMatch !== '*') {
    throw refuse.invalidArgument('If-None-Match of a write must be *.', 'If-None-Match', input.IfNoneMatch);
  }
  return {
    ...(input.IfNoneMatch === '*' && { ifNoneMatch: '*' }),
    ...(input.IfMatch !== undefined && { ifMatch: input.IfMatch }),
  };
}

/** @throws InvalidDigest */
export function md5Hex(contentMd5: string | undefined): { md5?: string } {
  if (contentMd5 === undefined) return {};
  const bytes = Buffer.from(contentMd5, 'base64');
  if (bytes.length !== 16) throw refuse.invalidDigest();
  return { md5: bytes.toString('hex') };
}

/** `aws-chunked` is how the body travelled, not what the object is. */
function withoutChunking(encoding: string | undefined): string | undefined {
  const kept = encoding
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'aws-chunked' && name !== '');
  return kept === undefined || kept.length === 0 ? undefined : kept.join(',');
}

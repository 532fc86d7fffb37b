import type { S3Operations } from '@rung/wire/types/s3';
import type { ServerResources } from '../../resources.ts';
import type { Handler, Handlers, RequestContext, Service } from '../service.ts';
import { bucketHandlers } from './buckets.ts';
import { copyingHandlers } from './copying.ts';
import { refuse, toWireError } from './errors.ts';
import { listingHandlers } from './listing.ts';
import { multipartHandlers } from './multipart.ts';
import { objectHandlers } from './objects.ts';
import { readingHandlers } from './reading.ts';

export type S3Resources = Pick<ServerResources, 'objects' | 'config'>;

/** S3 over the object store: every family adds its handlers with one line. */
export function s3Service(resources: S3Resources): Service {
  const handlers: Handlers<S3Operations> = {
    ...bucketHandlers(resources),
    ...objectHandlers(resources),
    ...readingHandlers(resources),
    ...copyingHandlers(resources),
    ...listingHandlers(resources),
    ...multipartHandlers(resources),
  };
  return {
    name: 's3',
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, checked(handler as AnyHandler)]),
    ),
  };
}

// Safe where it is cast to: the front door gives each handler the input of the operation under whose name it stands.
type AnyHandler = Handler<Readonly<Record<string, unknown>>>;

/** What must not be passed over in silence: the caller would believe to have got it. */
const UNSUPPORTED = [
  'Tagging',
  'SSECustomerAlgorithm',
  'CopySourceSSECustomerAlgorithm',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'WriteOffsetBytes',
];

/** What is the same for all operations: whose bucket it is, that there are no versions, and S3's codes for what the store refuses. */
function checked(handler: AnyHandler): Handler {
  const run = async (input: Readonly<Record<string, unknown>>, context: RequestContext): Promise<unknown> => {
    for (const owner of [input['ExpectedBucketOwner'], input['ExpectedSourceBucketOwner']]) {
      if (owner !== undefined && owner !== context.account) throw refuse.accessDenied();
    }
    const version = input['VersionId'];
    if (version !== undefined && version !== 'null')
      throw refuse.invalidArgument('Invalid version id specified', 'versionId', version);
    for (const member of UNSUPPORTED) if (input[member] !== undefined) throw refuse.notImplemented(member);
    try {
      return await handler(input, context);
    } catch (error) {
      throw toWireError(error);
    }
  };
  return run;
}

import { WireError } from '@rung/wire';
import type { GetUserRequest, GetUserResponse } from '@rung/wire/types/iam';
import type { RequestContext } from '../service.ts';
import type { IamResources } from './index.ts';

/** Users are the names of keys. Thrown: `NoSuchEntity`. */
export function getUser(
  { keys }: IamResources,
  { UserName }: GetUserRequest,
  { account, principal }: RequestContext,
): GetUserResponse {
  const key = keys
    .list()
    .find(({ name, accessKeyId }) =>
      UserName === undefined ? accessKeyId === principal.accessKeyId : name === UserName,
    );
  if (key === undefined) {
    throw UserName === undefined
      ? new WireError('ValidationError', 'Must specify userName when calling with non-User credentials')
      : new WireError('NoSuchEntity', `The user with name ${UserName} cannot be found.`, { status: 404 });
  }
  return {
    User: {
      Path: '/',
      UserName: key.name,
      UserId: `AIDA${key.accessKeyId.slice(4)}`,
      Arn: `arn:aws:iam::${account}:user/${key.name}`,
      CreateDate: new Date(key.createdAt),
    },
  };
}

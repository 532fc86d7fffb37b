import { WireError } from '@rung/wire';
import type { Role } from '@rung/wire/types/iam';
import type { Resource } from '../../store/resource.ts';
import type { RequestContext } from '../service.ts';
import { DEFAULT_ROLE, roleId } from './role-identity.ts';

const TRUST_SAGEMAKER = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** The role that is always there. */
export function defaultRole({ account }: RequestContext): Role {
  return {
    Path: '/',
    RoleName: DEFAULT_ROLE,
    RoleId: roleId(DEFAULT_ROLE),
    Arn: roleArn(account, '/', DEFAULT_ROLE),
    CreateDate: new Date('2026-01-01T00:00:00Z'),
    // IAM sends policies percent-encoded.
    AssumeRolePolicyDocument: encodeURIComponent(TRUST_SAGEMAKER),
    Description: 'What every key of this server may do: everything',
    MaxSessionDuration: 43_200,
  };
}

export function storedRole({ name, arn, spec, createdAt }: Resource<'iam-role'>): Role {
  return {
    Path: spec.path,
    RoleName: name,
    RoleId: roleId(name),
    Arn: arn,
    CreateDate: createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(spec.assumeRolePolicyDocument),
    ...(spec.description === undefined ? {} : { Description: spec.description }),
    MaxSessionDuration: spec.maxSessionDuration,
  };
}

export function roleArn(account: string, path: string, name: string): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

export function noSuchRole(name: string): WireError {
  return new WireError('NoSuchEntity', `The role with name ${name} cannot be found.`, { status: 404 });
}

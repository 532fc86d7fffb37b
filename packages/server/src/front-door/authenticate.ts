import {
  type Authorization,
  readAuthorization,
  type RequestHead,
  SignatureError,
  type SigningKeys,
  verifySignature,
} from '@rung/wire';
import type { AccessKey } from '../secrets/access-key.ts';
import type { AccessKeys } from '../secrets/access-keys.ts';
import { DEFAULT_ROLE, roleId } from '../services/iam/role-identity.ts';
import type { Principal } from '../services/service.ts';

/** Who a request says it is from: known, but not yet proven. */
export interface Claim {
  readonly authorization: Authorization;
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** Thrown when the credentials themselves are no good. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** `unknown`: no such key; `invalid-token`: no session of ours; `ended`: a session whose time is over. */
  readonly fault: 'unknown' | 'invalid-token' | 'ended';
  readonly accessKeyId: string;

  constructor(fault: 'unknown' | 'invalid-token' | 'ended', accessKeyId: string) {
    super(`The credentials ${accessKeyId} are ${fault}.`);
    this.fault = fault;
    this.accessKeyId = accessKeyId;
  }
}

export interface Authenticator {
  /** Thrown: `SignatureError` when there is no readable signature, `CredentialsError` when nobody is known by the key. */
  claim(head: RequestHead): Claim;
  /** Thrown: `SignatureError` when the signature is not the claimed one's. @param bodySha256 where the claim's payload is `body`. */
  prove(head: RequestHead, claim: Claim, bodySha256?: string): void;
}

export interface AuthenticatorOptions {
  readonly keys: AccessKeys;
  readonly signingKeys: SigningKeys;
  readonly account: string;
  readonly now: () => Date;
}

export function createAuthenticator({ keys, signingKeys, account, now }: AuthenticatorOptions): Authenticator {
  const principals = new WeakMap<AccessKey, Principal>();

  const principalOf = (key: AccessKey): Principal => {
    const known = principals.get(key);
    if (known !== undefined) return known;
    const principal = lastingPrincipal(key, account);
    principals.set(key, principal);
    return principal;
  };

  return {
    claim(head) {
      const authorization = readAuthorization(head);
      const { accessKeyId, sessionToken } = authorization;
      if (sessionToken !== undefined) return { authorization, ...sessionClaim(keys, accessKeyId, sessionToken, now()) };
      const key = keys.find(accessKeyId);
      if (key === undefined) throw new CredentialsError('unknown', accessKeyId);
      return { authorization, secretAccessKey: key.secretAccessKey, principal: principalOf(key) };
    },
    prove(head, { authorization, secretAccessKey }, bodySha256) {
      verifySignature(head, authorization, { secretAccessKey, keys: signingKeys, now: now(), bodySha256 });
    },
  };
}

function lastingPrincipal({ accessKeyId, name }: AccessKey, account: string): Principal {
  const session = name.replaceAll(/[^\w+=,.@-]/g, '-');
  return {
    accessKeyId,
    arn: `arn:aws:sts::${account}:assumed-role/${DEFAULT_ROLE}/${session}`,
    userId: `${roleId(DEFAULT_ROLE)}:${session}`,
  };
}

function sessionClaim(keys: AccessKeys, accessKeyId: string, token: string, now: Date): Omit<Claim, 'authorization'> {
  const opened = keys.openSession(token);
  if (opened === undefined || opened.session.accessKeyId !== accessKeyId)
    throw new CredentialsError('invalid-token', accessKeyId);
  if (now.getTime() >= opened.session.expires * 1000) throw new CredentialsError('ended', accessKeyId);
  const { arn, userId } = opened.session;
  return { secretAccessKey: opened.secretAccessKey, principal: { accessKeyId, arn, userId } };
}

/** Thrown by readers of the body when it is not the one that was signed. */
export function tamperedBody(): SignatureError {
  return new SignatureError('tampered', "The provided 'x-amz-content-sha256' header does not match what was computed.");
}

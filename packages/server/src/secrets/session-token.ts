import { createHmac } from 'node:crypto';
import { sameText } from '@rung/wire';
import { randomCapitals } from './access-key.ts';

/** For whom temporary credentials stand, and until when. */
export interface Session {
  /** Twenty capitals and digits, beginning with `ASIA`. */
  readonly accessKeyId: string;
  /** The key that asked for the session; it ends when that key is removed. `undefined` for the control plane's own. */
  readonly parent: string | undefined;
  readonly arn: string;
  readonly userId: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** The token carries the session under a seal, so the server remembers nothing and a restart forgets nothing. */
export function sealSession(session: Omit<Session, 'accessKeyId'>, sealingKey: string): TemporaryCredentials {
  const whole: Session = { accessKeyId: `ASIA${randomCapitals(16)}`, ...session };
  const content = Buffer.from(JSON.stringify(whole)).toString('base64url');
  return {
    accessKeyId: whole.accessKeyId,
    secretAccessKey: secretOf(content, sealingKey),
    sessionToken: `${content}.${seal(content, sealingKey)}`,
    expiration: new Date(session.expires * 1000),
  };
}

/** The session and its secret; `undefined` when the token was not sealed with this key. */
export function openSession(
  token: string,
  sealingKey: string,
): { session: Session; secretAccessKey: string } | undefined {
  const [content, given, ...more] = token.split('.');
  if (content === undefined || given === undefined || more.length > 0 || !sameText(seal(content, sealingKey), given))
    return undefined;
  // Safe: only `sealSession` makes texts that carry this seal.
  const session = JSON.parse(Buffer.from(content, 'base64url').toString()) as Session;
  return { session, secretAccessKey: secretOf(content, sealingKey) };
}

function seal(content: string, sealingKey: string): string {
  return createHmac('sha256', Buffer.from(sealingKey, 'base64')).update(`seal:${content}`).digest('base64url');
}

/** Forty characters, as of a lasting key. */
function secretOf(content: string, sealingKey: string): string {
  return createHmac('sha256', Buffer.from(sealingKey, 'base64'))
    .update(`secret:${content}`)
    .digest()
    .subarray(0, 30)
    .toString('base64');
}

import { randomBytes, randomInt } from 'node:crypto';

/** A long-lived pair, as AWS has them. */
export interface AccessKey {
  /** Twenty capitals and digits, beginning with `AKIA`. */
  readonly accessKeyId: string;
  /** Forty characters. Never logged. */
  readonly secretAccessKey: string;
  /** Who or what uses it: `first`, `alice`, `ci`. */
  readonly name: string;
  /** Default: empty. */
  readonly description: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What may be shown of a key. */
export type AccessKeySummary = Omit<AccessKey, 'secretAccessKey'>;

export function createAccessKey(name: string, description: string, now: Date): AccessKey {
  return {
    accessKeyId: `AKIA${randomCapitals(16)}`,
    // 30 bytes are exactly 40 characters of Base64, the length and alphabet of an AWS secret.
    secretAccessKey: randomBytes(30).toString('base64'),
    name,
    description,
    createdAt: now.toISOString(),
  };
}

/** The alphabet of RFC 4648's base 32, as in AWS's ids. */
export function randomCapitals(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

export function summarise({ secretAccessKey: _secret, ...summary }: AccessKey): AccessKeySummary {
  return summary;
}

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What a signature is good for: `<date>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  /** `YYYYMMDD`, UTC. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Remembers derived keys: four HMACs are spent once per secret, day, region and service, not once per request. */
export interface SigningKeys {
  get(secretAccessKey: string, scope: CredentialScope): KeyObject;
}

/** @param limit How many derived keys are kept, default 1000; the oldest is dropped first. */
export function createSigningKeys(limit = 1000): SigningKeys {
  const known = new Map<string, KeyObject>();
  return {
    get(secretAccessKey, scope) {
      const name = `${secretAccessKey}\n${formatScope(scope)}`;
      const found = known.get(name);
      if (found !== undefined) return found;
      const key = deriveSigningKey(secretAccessKey, scope);
      if (known.size >= limit)
        for (const oldest of known.keys()) {
          known.delete(oldest);
          break;
        }
      known.set(name, key);
      return key;
    },
  };
}

export function deriveSigningKey(secretAccessKey: string, { date, region, service }: CredentialScope): KeyObject {
  let key = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  return createSecretKey(key);
}

export function formatScope({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** Lower-case hexadecimal HMAC-SHA256. */
export function hmacHex(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

/** What `objects` in `rung.yaml` says, complete. */
export type ObjectsSettings = { readonly type: 'files' } | S3Settings;

export interface S3Settings {
  readonly type: 's3';
  /** Where it answers, e.g. `http://minio:9000`. Default: AWS's own address of the region. */
  readonly endpoint?: string;
  /** Default: the platform's region. */
  readonly region?: string;
  /** Stands before the name of every bucket there, so that several platforms can share one account. Default: nothing. */
  readonly bucketPrefix: string;
  /** Names buckets in the path of an address, not in its host: most stores other than AWS want it. Default: true with an endpoint. */
  readonly forcePathStyle: boolean;
  /** Profile of the AWS configuration files. Default: AWS_PROFILE, else the environment's keys, as every AWS client finds them. */
  readonly profile?: string;
  /** Names of the environment variables that hold the keys, for keys that are not those of every AWS client. */
  readonly credentials?: { readonly accessKeyIdFrom: string; readonly secretAccessKeyFrom: string };
}

export const defaultObjectsSettings: ObjectsSettings = { type: 'files' };

/** What `objects` accepts, for the reference and for error messages. */
export const objectsKeys =
  'type: files, or type: s3 with endpoint (a URL), region, bucketPrefix, forcePathStyle (true or false), profile, or credentials with accessKeyIdFrom and secretAccessKeyFrom (names of environment variables)';

/** `undefined` when the value is not what `objects` accepts. */
export function parseObjectsSettings(value: unknown): ObjectsSettings | undefined {
  const given = members(value);
  if (given?.get('type') === 'files') return given.size === 1 ? defaultObjectsSettings : undefined;
  if (given?.get('type') !== 's3') return undefined;
  let settings: S3Settings = { type: 's3', bucketPrefix: '', forcePathStyle: given.has('endpoint') };
  for (const [key, part] of given) {
    const next = key === 'type' ? settings : withMember(settings, key, part);
    if (next === undefined) return undefined;
    settings = next;
  }
  return settings;
}

function withMember(settings: S3Settings, key: string, part: unknown): S3Settings | undefined {
  if (key === 'forcePathStyle') return typeof part === 'boolean' ? { ...settings, forcePathStyle: part } : undefined;
  if (key === 'credentials') {
    const names = members(part);
    const [accessKeyIdFrom, secretAccessKeyFrom] = [names?.get('accessKeyIdFrom'), names?.get('secretAccessKeyFrom')];
    if (names?.size !== 2 || !isVariable(accessKeyIdFrom) || !isVariable(secretAccessKeyFrom)) return undefined;
    return { ...settings, credentials: { accessKeyIdFrom, secretAccessKeyFrom } };
  }
  if (typeof part !== 'string') return undefined;
  switch (key) {
    case 'endpoint':
      return /^https?:\/\/[^/?#]+\/?$/.test(part) ? { ...settings, endpoint: part } : undefined;
    case 'region':
      return /^[\w-]+$/.test(part) ? { ...settings, region: part } : undefined;
    case 'bucketPrefix':
      return /^[a-z0-9][a-z0-9.-]{0,30}$/.test(part) ? { ...settings, bucketPrefix: part } : undefined;
    case 'profile':
      return part === '' ? undefined : { ...settings, profile: part };
    default:
      return undefined;
  }
}

function members(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}

function isVariable(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value);
}

import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { ConfigError } from '../../config.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import type { S3Settings } from './s3-settings.ts';

/**
 * Opens the store that `rung.yaml` names. Speaks to nobody yet.
 * @throws ConfigError when the client is not installed, or the variables that should hold the keys are not set.
 */
export async function openS3ObjectStore(
  settings: S3Settings,
  platformRegion: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<S3ObjectStore> {
  const region = settings.region ?? platformRegion;
  const client = await makeClient({
    region,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    forcePathStyle: settings.forcePathStyle,
    ...(settings.profile !== undefined && { profile: settings.profile }),
    ...credentials(settings, environment),
    // Other stores know none of the checksums that AWS's client adds by itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return new S3ObjectStore({ client, bucketPrefix: settings.bucketPrefix, region });
}

function credentials(
  { credentials: names }: S3Settings,
  environment: NodeJS.ProcessEnv,
): Pick<S3ClientConfig, 'credentials'> {
  if (names === undefined) return {};
  const accessKeyId = environment[names.accessKeyIdFrom];
  const secretAccessKey = environment[names.secretAccessKeyFrom];
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigError('rung.yaml', [
      `objects.credentials takes the keys from the environment variables ${names.accessKeyIdFrom} and ${names.secretAccessKeyFrom}: set both`,
    ]);
  }
  return { credentials: { accessKeyId, secretAccessKey } };
}

async function makeClient(config: S3ClientConfig): Promise<S3> {
  try {
    const library = await import('@aws-sdk/client-s3');
    return new library.S3(config);
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const error = new ConfigError('rung.yaml', [
      'objects: type s3 needs the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3',
    ]);
    error.cause = cause;
    throw error;
  }
}

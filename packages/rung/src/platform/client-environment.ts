/** The environment that makes AWS's own clients talk to this platform. */
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { PlatformDescription } from '@rung/server';
import { resolveConnection } from '@rung/sdk';
import { UsageError } from '../usage-error.ts';

/** Holds what Python imports at its start, so that the SDK respects AWS_DATA_PATH. */
const sdkFolder = join(import.meta.dirname, '../../sagemaker-sdk');

/**
 * @param options.sagemakerSdk the `sagemaker` Python SDK calls STS at an address that it computes from botocore's endpoint table, over TLS, and
 *   sends telemetry to a public host. A table of our own, our certificate authority and the SDK's configuration file bring both home.
 */
export async function clientEnvironment(
  stateDir: string,
  platform: PlatformDescription,
  options: { sagemakerSdk: boolean },
): Promise<Record<string, string>> {
  const { region, credentials } = resolveConnection({ stateDir });
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL: platform.endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  if (credentials.sessionToken !== undefined) variables['AWS_SESSION_TOKEN'] = credentials.sessionToken;
  return options.sagemakerSdk
    ? { ...variables, ...(await sagemakerSdkEnvironment(stateDir, platform, region)) }
    : variables;
}

async function sagemakerSdkEnvironment(
  stateDir: string,
  platform: PlatformDescription,
  region: string,
): Promise<Record<string, string>> {
  if (platform.tlsEndpoint === undefined || platform.caFile === undefined) {
    throw new UsageError(
      'The sagemaker Python SDK needs TLS, which this platform has switched off: start it without `tlsPort: false`.',
    );
  }
  const folder = join(stateDir, 'sagemaker-sdk');
  await mkdir(join(folder, 'models'), { recursive: true, mode: 0o700 });
  const tls = new URL(platform.tlsEndpoint);
  await writeFile(
    join(folder, 'models', 'endpoints.json'),
    JSON.stringify(endpointsTable(`localhost:${tls.port}`, region)),
  );
  const config = join(folder, 'config.yaml');
  // The SDK's own schema: nothing else may stand in it.
  await writeFile(
    config,
    "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n",
  );
  return {
    AWS_DATA_PATH: join(folder, 'models'),
    PYTHONPATH: [sdkFolder, process.env['PYTHONPATH']].filter(Boolean).join(delimiter),
    AWS_CA_BUNDLE: platform.caFile,
    SAGEMAKER_USER_CONFIG_OVERRIDE: config,
    SAGEMAKER_SUPPRESS_V2_WARNING: '1',
    // Version 3 refuses a role that IAM does not know. Here any role ARN will do, so that a program may keep the one it has on AWS.
    SAGEMAKER_VALIDATE_ROLE: 'false',
  };
}

/**
 * botocore's table of addresses, reduced to what the SDK asks of it. botocore takes the first table that it finds and `AWS_DATA_PATH` comes before
 * its own, so the general rule for every other service has to stand in it as well.
 */
function endpointsTable(sts: string, region: string): object {
  // Clients of these services are also made without a region, and then belong to the whole partition.
  const globalService = (hostname: string): object => ({
    partitionEndpoint: 'aws-global',
    endpoints: {
      'aws-global': { hostname, credentialScope: { region } },
      [region]: hostname === sts ? { hostname } : {},
    },
  });
  return {
    version: 3,
    partitions: [
      {
        partition: 'aws',
        partitionName: 'AWS Standard',
        dnsSuffix: 'amazonaws.com',
        regionRegex: String.raw`^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$`,
        defaults: { hostname: '{service}.{region}.{dnsSuffix}', protocols: ['https'], signatureVersions: ['v4'] },
        regions: { [region]: { description: 'Rung' } },
        services: {
          sts: globalService(sts),
          s3: {
            ...globalService('s3.amazonaws.com'),
            defaults: { protocols: ['http', 'https'], signatureVersions: ['s3v4'] },
          },
          iam: globalService('iam.amazonaws.com'),
        },
      },
    ],
  };
}

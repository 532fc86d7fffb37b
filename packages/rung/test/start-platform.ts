/** A platform in a temporary folder, for tests that come through the front door as users do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlatformDescription, parseConfig, startServer } from '@rung/server';
import { clientEnvironment } from '../src/platform/client-environment.ts';

export interface TestPlatform {
  readonly description: PlatformDescription;
  /** What `rung env --sagemaker-sdk` prints. */
  readonly environment: Record<string, string>;
  /** The same for clients of the AWS SDK for JavaScript. */
  readonly clientSettings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  close(): Promise<void>;
}

export async function startPlatform(settings: Record<string, unknown> = {}): Promise<TestPlatform> {
  const stateDir = mkdtempSync(join(tmpdir(), 'p-'));
  const server = await startServer(
    parseConfig({ stateDir, port: 0, tlsPort: 0, logLevel: 'error', ...settings }, 'The test'),
  );
  const sagemakerSdk = server.description.tlsEndpoint !== undefined;
  const environment = await clientEnvironment(stateDir, server.description, { sagemakerSdk });
  return {
    description: server.description,
    environment,
    clientSettings: {
      endpoint: server.description.endpoint,
      region: server.description.region,
      credentials: {
        accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    },
    close: async () => {
      await server.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

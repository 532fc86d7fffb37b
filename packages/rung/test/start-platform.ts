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
  close(): Promise<void>;
}

export async function startPlatform(settings: Record<string, unknown> = {}): Promise<TestPlatform> {
  const stateDir = mkdtempSync(join(tmpdir(), 'p-'));
  const server = await startServer(
    parseConfig({ stateDir, port: 0, tlsPort: 0, logLevel: 'error', ...settings }, 'The test'),
  );
  const sagemakerSdk = server.description.tlsEndpoint !== undefined;
  return {
    description: server.description,
    environment: await clientEnvironment(stateDir, server.description, { sagemakerSdk }),
    close: async () => {
      await server.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

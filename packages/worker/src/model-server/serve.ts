import { once } from 'node:events';
import type { Server } from 'node:http';
import { type UserCode, findUserCode } from './code-folder.ts';
import { httpFront } from './http-front.ts';
import { readSettings, type ModelServerSettings } from './settings.ts';
import { servedByNode, workerCommand } from './worker-command.ts';
import { WorkerPool } from './worker-pool.ts';

/** Less than the 30 s that an instance has between SIGTERM and SIGKILL. */
const GRACE_MS = 27_000;

/**
 * Serves until SIGTERM, then finishes what has come in and ends the process. `/ping` answers 503 until the model is loaded.
 * Thrown when the settings make no sense, the user's code or the model is not there or cannot be loaded, or the address is taken.
 */
export async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  const settings = readSettings(environment);
  const code = findUserCode(settings);
  const layer = code === undefined ? undefined : await install(settings, code, environment);
  const pool = new WorkerPool({
    settings,
    command: workerCommand(settings, code, layer),
    tell: (text) => process.stderr.write(`model server: ${text}\n`),
  });
  const server = httpFront({
    maxPayloadBytes: settings.maxPayloadBytes,
    healthy: () => pool.healthy,
    invoke: (invocation, abandoned) => pool.invoke(invocation, abandoned),
    executionParameters: () => pool.description?.execution_parameters ?? executionParameters(settings),
    tensorflow: settings.framework === 'tensorflow',
  });
  process.once('SIGTERM', () => void stop(server, pool));
  await listen(server, settings);
  await pool.start();
  const by = `${settings.workers} ${settings.workers === 1 ? 'worker' : 'workers'}`;
  console.log(`model server listening on ${listening(server)} with ${by}`);
}

async function install(
  settings: ModelServerSettings,
  code: UserCode,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { installRequirements } = await import('./install-requirements.ts');
  return installRequirements(code.folder, environment, servedByNode(settings, code) ? undefined : settings.python);
}

async function stop(server: Server, pool: WorkerPool): Promise<void> {
  server.close();
  server.closeIdleConnections();
  await pool.close(GRACE_MS);
  // The answers of the last requests are still on their way out.
  setImmediate(() => process.exit(0));
}

async function listen(server: Server, { listen: address }: ModelServerSettings): Promise<void> {
  server.listen('path' in address ? address : { ...address, host: '127.0.0.1' });
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(`The model server cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  });
}

function listening(server: Server): string {
  const address = server.address();
  return typeof address === 'string' ? address : `${address?.address}:${address?.port}`;
}

function executionParameters({ workers, maxPayloadMb }: ModelServerSettings): object {
  return { MaxConcurrentTransforms: workers, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: maxPayloadMb };
}

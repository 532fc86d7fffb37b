/**
 * `node serve-main.ts <algorithm>`: serves the model in the model folder on 127.0.0.1:SAGEMAKER_BIND_TO_PORT (default 8080), or on the unix
 * socket RUNG_SOCKET.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { containerPaths } = await import('./container.ts');
const { loadModel } = await import('../load-model.ts');
const { modelServer } = await import('./model-server.ts');

const megabytes = Number(process.env['SAGEMAKER_MAX_PAYLOAD_IN_MB'] ?? 0) || 6;
const model = await loadModel(containerPaths(process.env).model, process.argv[2], process.env).catch(
  (error: unknown) => {
    console.error(`ClientError: the model cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
    return process.exit(1);
  },
);
const server = modelServer({
  model,
  // The second is what XGBoost's container goes by.
  maxPayloadBytes: Number(process.env['MAX_CONTENT_LENGTH']) || Math.max(6, megabytes) * 1_048_576,
  onFault: (error) => console.error(error),
});

const socket = process.env['RUNG_SOCKET'];
server.on('error', (error) => {
  console.error(`the model server cannot listen: ${error.message}`);
  process.exit(1);
});
if (socket === undefined) server.listen(Number(process.env['SAGEMAKER_BIND_TO_PORT'] ?? 8080), '127.0.0.1', ready);
else server.listen(socket, ready);

process.on('SIGTERM', () => {
  // Requests under way are answered; idle connections would otherwise hold the process until they time out.
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

function ready(): void {
  const address = server.address();
  console.log(
    `model server listening on ${typeof address === 'string' ? address : `${address?.address}:${address?.port}`}`,
  );
}

/** One worker of the model server for TypeScript handlers and ONNX models: `node node-worker.ts`, with the server's socket as file descriptor 3. */
import { join } from 'node:path';
import { FAILED, READY } from './frames.ts';
import { loadNodeService, type NodeService } from './node-service.ts';
import { openChannel } from './worker-channel.ts';

// The server ends its workers itself, when what they are working on is answered.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);

const { RUNG_MODEL_DIR: modelDir = '', RUNG_CODE_DIR: code = '', SAGEMAKER_PROGRAM: program = '' } = process.env;
const handlers = /\.[cm]?[jt]s$/.test(program) ? join(code, program) : undefined;
let service: NodeService | undefined;
const channel = openChannel((requests) => void service?.answer(requests).then((answers) => channel.answer(answers)));
try {
  service = await loadNodeService({
    modelDir,
    program: handlers,
    accept: process.env['SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT'] || 'application/json',
    threads: Number(process.env['OMP_NUM_THREADS'] ?? 1),
  });
  await channel.tell(READY, service.description);
} catch (error) {
  const said = error instanceof Error ? error.message : String(error);
  // Where in the user's file it happened; our own refusals say it in their text.
  if (error instanceof Error && handlers !== undefined) console.error(error.stack);
  await channel.tell(FAILED, {
    message: said.startsWith('The model') ? said : `The model could not be loaded: ${said}`,
  });
  process.exit(1);
}

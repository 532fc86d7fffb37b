/** `node train-main.ts <algorithm>`: one host of a training job. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { loadAlgorithm } = await import('../algorithms.ts');
const { runTraining } = await import('./train-program.ts');

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const algorithm = await loadAlgorithm(process.argv[2] ?? '').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return process.exit(1);
});
process.exitCode = await runTraining(algorithm, {
  environment: process.env,
  stopping: stop.signal,
  write: (line) => process.stdout.write(`${line}\n`),
});

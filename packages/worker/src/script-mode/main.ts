/** `main.ts`: runs the user's script as SageMaker's toolkit does in a framework image. Started as the program of an instance, never by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from './run-script.ts';
import { ScriptError } from './script-error.ts';
import { tell } from './toolkit-log.ts';

const output = join(process.env['SAGEMAKER_BASE_DIR'] ?? '/opt/ml', 'output');
try {
  await runScript(process.env);
  tell('INFO', 'Reporting training SUCCESS');
} catch (error) {
  const told = error instanceof ScriptError ? error : undefined;
  // A fault of ours is told with its trace, as the toolkit tells its own.
  const message = told?.message ?? `framework error:\n${error instanceof Error ? error.stack : String(error)}`;
  tell('ERROR', 'Reporting training FAILURE');
  tell('ERROR', message);
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'failure'), message);
  process.exitCode = told?.exitCode ?? 1;
}

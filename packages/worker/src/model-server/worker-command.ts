/** Which program a model's workers are: our Python worker or our Node worker, and with which environment. */
import { readdirSync } from 'node:fs';
import { delimiter, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UserCode } from './code-folder.ts';
import type { WorkerCommand } from './model-worker.ts';
import type { ModelServerSettings } from './settings.ts';

const pythonWorker = fileURLToPath(new URL('../../python/serve.py', import.meta.url));
const nodeWorker = fileURLToPath(
  new URL(`./node-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** `layer`: folder with the packages of the user's requirements.txt. */
export function workerCommand(
  settings: ModelServerSettings,
  code: UserCode | undefined,
  layer: string | undefined,
): WorkerCommand {
  const threads = String(Math.max(1, Math.floor(settings.threads / settings.workers)));
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    RUNG_MODEL_DIR: settings.modelDir,
    RUNG_CODE_DIR: code?.folder ?? '',
    // The workers share the cores: each with a thread for every core would be in the others' way.
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
  };
  if (code?.program !== undefined) environment['SAGEMAKER_PROGRAM'] = code.program;
  if (servedByNode(settings, code)) return { argv: [process.execPath, nodeWorker], environment };
  if (layer !== undefined)
    environment['PYTHONPATH'] = [layer, process.env['PYTHONPATH']].filter(Boolean).join(delimiter);
  return { argv: [settings.python, pythonWorker], environment };
}

/** Node's own environments, TypeScript handlers, and ONNX models without handlers need no Python. */
export function servedByNode({ framework, modelDir }: ModelServerSettings, code: UserCode | undefined): boolean {
  if (code?.program !== undefined) return ['.ts', '.mts', '.js', '.mjs', '.cjs'].includes(extname(code.program));
  if (framework !== undefined) return framework === 'node';
  return names(modelDir).some((name) => name.endsWith('.onnx'));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no model folder: the worker says so
  }
}

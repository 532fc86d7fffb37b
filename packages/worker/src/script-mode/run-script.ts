/** Plays the part of SageMaker's training toolkit for one instance, from the hyperparameters to the exit code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EntryPoint, entryCommand, findEntryPoint, type Interpreters } from './entry-point.ts';
import {
  commandArguments,
  type ScriptHyperparameters,
  splitHyperparameters,
  textParameter,
} from './hyperparameters.ts';
import type { PythonLayers } from './install-python.ts';
import { type InstanceContext, readInstanceContext } from './instance-context.ts';
import { launch } from './launch.ts';
import { pythonJson } from './python-values.ts';
import { runCommand } from './run-command.ts';
import { failedCommand, ScriptError } from './script-error.ts';
import { tell } from './toolkit-log.ts';
import { scriptVariables, trainingEnvironment } from './training-environment.ts';

/** @throws ScriptError when the script cannot be run, or failed. */
export async function runScript(environment: NodeJS.ProcessEnv): Promise<void> {
  const context = readInstanceContext(environment);
  const hyperparameters = splitHyperparameters(context.hyperparameters);
  const program = textParameter(hyperparameters.platform, 'sagemaker_program');
  if (program === undefined)
    throw new ScriptError('The hyperparameter sagemaker_program is missing: it names the script to run.');
  const interpreters: Interpreters = { python: environment['RUNG_PYTHON'], node: process.execPath };
  const entry = findEntryPoint(program, context.codeDir, interpreters);
  const own = ownEnvironment(environment, context, hyperparameters);
  const path = await install(entry, context, own, environment);
  const python = { PYTHONPATH: [context.codeDir, ...path, own['PYTHONPATH']].filter(Boolean).join(':') };
  const command = entryCommand(entry, interpreters, commandArguments(hyperparameters.user));
  const {
    argv,
    environment: more,
    beside,
  } = launch({
    command,
    platform: hyperparameters.platform,
    context,
    environment,
  });
  const output = textParameter(hyperparameters.platform, 'sagemaker_s3_output');
  const sync =
    output === undefined || output.startsWith('/') || output.startsWith('file:')
      ? undefined
      : (await import('./intermediate-sync.ts')).startIntermediateSync({
          folder: join(context.baseDir, 'output/intermediate'),
          uri: output,
          jobName: context.jobName,
          connectionFile: environment['RUNG_CONNECTION_FILE'] ?? '',
        });
  tell('INFO', `Invoking script with the following command:\n\n${argv.join(' ')}\n`);
  const variables = { ...own, ...python, ...more };
  const companion = beside && (await import('./beside.ts')).startBeside(beside, context.codeDir, variables);
  const end = await execute(argv, context.codeDir, variables);
  await companion?.end(end.exitCode === 0);
  await sync?.end();
  if (end.exitCode !== 0) throw failedCommand({ kind: 'ExecuteUserScriptError', command: argv, ...end });
}

async function execute(
  argv: readonly [string, ...string[]],
  cwd: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ exitCode: number; stderr: string }> {
  try {
    return await runCommand({ argv, cwd, environment });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'Make it executable (chmod +x) and begin it with #!, or use a .py, .sh, .ts or .js file.';
    throw failedCommand({ kind: 'ExecuteUserScriptError', exitCode: 126, command: argv, stderr: `${why}. ${hint}` });
  }
}

/** Everything but PYTHONPATH. What is for this program alone is left out. The request's own variables are never told: they may be secrets. */
function ownEnvironment(
  { NODE_COMPILE_CACHE: _cache, ...environment }: NodeJS.ProcessEnv,
  context: InstanceContext,
  hyperparameters: ScriptHyperparameters,
): NodeJS.ProcessEnv {
  const described = trainingEnvironment(context, hyperparameters);
  const variables = scriptVariables(described, hyperparameters);
  tell('INFO', `Training Env:\n\n${pythonJson(described)}\n`);
  const region = textParameter(hyperparameters.platform, 'sagemaker_region') ?? environment['AWS_REGION'] ?? '';
  return {
    ...environment,
    ...variables,
    SAGEMAKER_REGION: region,
    SAGEMAKER_JOB_NAME: textParameter(hyperparameters.platform, 'sagemaker_job_name') ?? context.jobName,
  };
}

/** Answers the folders to put on PYTHONPATH behind the code. */
async function install(
  entry: EntryPoint,
  { baseDir, codeDir }: InstanceContext,
  own: NodeJS.ProcessEnv,
  environment: NodeJS.ProcessEnv,
): Promise<string[]> {
  if (entry.type === 'node') {
    const { installNodeModules, provideHelper } = await import('./install-node.ts');
    await installNodeModules(codeDir, own);
    await provideHelper(codeDir);
    return [];
  }
  const python = environment['RUNG_PYTHON'];
  if (python === undefined) return [];
  const root = environment['RUNG_ENVIRONMENTS'];
  const layers: Omit<PythonLayers, 'jobFolder'> = {
    python,
    environmentFolder: environment['VIRTUAL_ENV'] ?? '',
    uv: environment['RUNG_UV'],
    cache: root === undefined ? undefined : join(root, 'layers'),
    environment: own,
  };
  const requirements = existsSync(join(codeDir, 'requirements.txt'));
  const isPackage = entry.type === 'module' && entry.install;
  // Most scripts need neither, and start sooner without the code for it.
  if (!requirements && !isPackage) return [];
  const { installPackage, installRequirements } = await import('./install-python.ts');
  const { withKeptLayers } = await import('./kept-layers.ts');
  const place = { baseDir, codeDir, environmentFolder: layers.environmentFolder };
  return withKeptLayers(place, join(environment['TMPDIR'] ?? codeDir, 'layer'), async (jobFolder) => {
    const folders: (string | undefined)[] = [];
    if (isPackage) folders.push(await installPackage(codeDir, { ...layers, jobFolder }));
    if (requirements)
      folders.push(await installRequirements(join(codeDir, 'requirements.txt'), { ...layers, jobFolder }));
    return folders.filter((folder) => folder !== undefined);
  });
}

/** Brings what `requirements.txt` and a package of the user's ask for into a layer of the job's own, above the environment that all jobs share. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { runCommand } from './run-command.ts';
import { failedCommand, ScriptError } from './script-error.ts';
import { tell } from './toolkit-log.ts';

export interface PythonLayers {
  readonly python: string;
  /** The folder of the environment that {@link python} belongs to: it is read, never changed. */
  readonly environmentFolder: string;
  /** `undefined`: pip installs, which knows nothing of what the environment has already. */
  readonly uv: string | undefined;
  /** Where layers are kept for the jobs to come; `undefined` keeps none. */
  readonly cache: string | undefined;
  /** For what belongs to this job alone. */
  readonly jobFolder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The folder to put on PYTHONPATH for a `requirements.txt`. One that names only packages is installed once, and found again by its content.
 * Answers `undefined` when the environment has everything already. @throws ScriptError
 */
export async function installRequirements(file: string, layers: PythonLayers): Promise<string | undefined> {
  const text = await readRequirements(file);
  if (wanted(text).length === 0) return undefined;
  const target = cachedLayer(text, layers);
  if (target !== undefined && existsSync(target)) return target;
  tell('INFO', `Installing the packages of ${basename(file)}`);
  const install = { arguments: ['--requirement', file], kind: 'InstallRequirementsError' };
  if (target === undefined) return installInto(join(layers.jobFolder, 'requirements'), install, layers);
  const draft = `${target}.building-${process.pid}`;
  try {
    const made = await installInto(draft, install, layers);
    // Nothing to add is remembered too, as an empty layer.
    if (made === undefined) await mkdir(draft, { recursive: true });
    await rename(draft, target);
  } catch (error) {
    // Another job may have been faster.
    if (!existsSync(target)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** Installs the user's own package, with what it needs, for this job alone. @throws ScriptError */
export async function installPackage(codeDir: string, layers: PythonLayers): Promise<string | undefined> {
  tell('INFO', 'Installing the source folder as a package');
  return installInto(join(layers.jobFolder, 'package'), { arguments: [codeDir], kind: 'InstallModuleError' }, layers);
}

interface Install {
  readonly arguments: readonly string[];
  readonly kind: string;
}

async function installInto(target: string, install: Install, layers: PythonLayers): Promise<string | undefined> {
  const { uv, python } = layers;
  if (uv === undefined) {
    const pip = [python, '-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'] as const;
    await run([...pip, '--target', target, ...install.arguments], install.kind, layers);
    return target;
  }
  const common = ['--python', python, '--no-config'];
  // What is missing in the environment, with what that needs in turn: only this goes into the layer.
  const plan = await run([uv, 'pip', 'install', '--dry-run', ...common, ...install.arguments], install.kind, layers);
  const missing = [...plan.matchAll(/^ \+ (\S+(?: @ .+)?)$/gm)].map(([, name = '']) => name.trim());
  if (missing.length === 0) return undefined;
  await run(
    [uv, 'pip', 'install', '--no-deps', '--compile-bytecode', ...common, '--target', target, ...missing],
    install.kind,
    layers,
  );
  return target;
}

/** Answers what it wrote on stderr, where uv tells its plan. */
async function run(
  argv: readonly [string, ...string[]],
  kind: string,
  { jobFolder, environment }: PythonLayers,
): Promise<string> {
  await mkdir(jobFolder, { recursive: true });
  const quiet = { UV_NO_PROGRESS: '1', NO_COLOR: '1', UV_PYTHON_DOWNLOADS: 'never' };
  const { exitCode, stderr } = await runCommand({ argv, cwd: jobFolder, environment: { ...environment, ...quiet } });
  if (exitCode !== 0) throw failedCommand({ kind, exitCode, command: argv, stderr });
  return stderr;
}

async function readRequirements(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    throw new ScriptError(
      `InstallRequirementsError: requirements.txt cannot be read: ${error instanceof Error ? error.message : String(error)}. It must be UTF-8 text with one package a line.`,
    );
  }
}

/** The lines that ask for something. */
function wanted(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const request = line.replace(/(^|\s)#.*$/, '').trim();
    return request === '' ? [] : [request];
  });
}

/** `undefined` for requirements that depend on more than their text: other files, folders, archives. */
function cachedLayer(text: string, { cache, environmentFolder }: PythonLayers): string | undefined {
  if (cache === undefined) return undefined;
  const lines = wanted(text);
  if (lines.some((line) => !/^[A-Za-z0-9][\w.-]*(\[[\w, .-]*\])?\s*([=<>!~;@].*)?$/.test(line) || /@|\\$/.test(line)))
    return undefined;
  const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
  return join(cache, basename(environmentFolder), hash);
}

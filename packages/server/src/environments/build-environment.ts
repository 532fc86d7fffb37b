import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lock } from './declarations.ts';
import { findInstaller } from './find-installer.ts';
import type { PythonInterpreter } from './find-python.ts';
import { type BuildProgress, InstallProgress } from './install-progress.ts';
import { runTool } from './run-tool.ts';

export interface Build {
  readonly lock: Lock;
  /** Where the environment belongs. */
  readonly folder: string;
  /** The folder of all environments, with the tools beside them. */
  readonly root: string;
  readonly python: PythonInterpreter;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BuildProgress) => void;
}

/** What `environment.json` in the folder of an environment says. */
export interface EnvironmentFacts {
  readonly lock: string;
  readonly hash: string;
  readonly python: string;
  readonly createdAt: string;
  /** Version by package, in the packages' own spelling. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Makes an environment beside its place and moves it there when it is complete: whoever finds the folder finds all of it.
 * @throws ToolFailed when the packages cannot be had; nothing is left then.
 */
export async function buildEnvironment(build: Build): Promise<void> {
  const { folder, root, lock, python, signal, onProgress } = build;
  const draft = join(root, `${draftPrefix(lock)}${process.pid}-${Date.now().toString(36)}`);
  try {
    onProgress({ step: 'looking for the installer', fraction: 0.01 });
    const installer = await findInstaller(root, python.executable, signal);
    onProgress({ step: 'resolving the packages', fraction: 0.03 });
    const progress = new InstallProgress(lock.packages);
    const onLine = (line: string): void => {
      const news = progress.read(line);
      if (news !== undefined) onProgress(news);
    };
    const interpreter = join(draft, 'bin/python');
    if (installer.type === 'uv') {
      const environment = uvEnvironment();
      const uv = (...argv: string[]): Promise<void> =>
        runTool({ argv: [installer.program, ...argv], environment, signal, onLine });
      await uv('venv', '--quiet', '--relocatable', '--no-project', '--python', python.executable, draft);
      const install = ['pip', 'install', '--require-hashes', '--compile-bytecode', '--python', interpreter];
      await uv(...install, '--requirement', lock.file);
    } else {
      await runTool({ argv: [python.executable, '-m', 'venv', draft], signal });
      const install = [interpreter, '-m', 'pip', 'install', '--disable-pip-version-check', '--require-hashes'] as const;
      await runTool({ argv: [...install, '--requirement', lock.file], signal, onLine });
      await repointScripts(draft, folder);
    }
    await writeFacts(draft, build);
    await rename(draft, folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Beginning of the folders that a build of this lock makes, and leaves when its process is killed. */
export function draftPrefix(lock: Lock): string {
  return `.building-${lock.name}-${lock.hash}-`;
}

/** The Pythons and the caches are the machine's: uv shall bring no interpreter of its own and read no project's settings. */
export function uvEnvironment(): NodeJS.ProcessEnv {
  const { VIRTUAL_ENV: _venv, CONDA_PREFIX: _conda, ...environment } = process.env;
  return { ...environment, UV_PYTHON_DOWNLOADS: 'never', UV_NO_PROGRESS: '1', NO_COLOR: '1' };
}

/** Console scripts name their interpreter by its path. */
async function repointScripts(draft: string, folder: string): Promise<void> {
  const bin = join(draft, 'bin');
  for (const entry of await readdir(bin, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(bin, entry.name);
    const bytes = await readFile(file);
    if (bytes.toString('latin1', 0, 2) !== '#!') continue;
    const text = bytes.toString('utf8');
    if (text.includes(draft)) await writeFile(file, text.replaceAll(draft, folder));
  }
}

async function writeFacts(draft: string, { lock, python }: Build): Promise<void> {
  const facts: EnvironmentFacts = {
    lock: lock.name,
    hash: lock.hash,
    python: python.version,
    createdAt: new Date().toISOString(),
    packages: await installedPackages(draft),
  };
  await writeFile(join(draft, 'environment.json'), JSON.stringify(facts, null, 2));
}

async function installedPackages(folder: string): Promise<Record<string, string>> {
  const lib = join(folder, 'lib');
  const [python = ''] = (await readdir(lib)).filter((name) => name.startsWith('python3'));
  const packages: Record<string, string> = {};
  for (const name of await readdir(join(lib, python, 'site-packages'))) {
    const [, project, version] = /^(.+)-([^-]+)\.dist-info$/.exec(name) ?? [];
    if (project !== undefined && version !== undefined) packages[project.replaceAll('_', '-').toLowerCase()] = version;
  }
  return packages;
}

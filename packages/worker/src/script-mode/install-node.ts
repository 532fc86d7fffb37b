/** Brings what a `package.json` asks for into the job's copy of the source folder, and the script's helper beside it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findExecutable } from '../program/find-executable.ts';
import { runCommand } from './run-command.ts';
import { failedCommand, ScriptError } from './script-error.ts';
import { tell } from './toolkit-log.ts';

const kind = 'InstallRequirementsError';

/** Does nothing where there is no `package.json`, where it names no dependencies, and where the archive brought them along. @throws ScriptError */
export async function installNodeModules(codeDir: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const names = await dependencies(join(codeDir, 'package.json'));
  const missing = names.filter((name) => !existsSync(join(codeDir, 'node_modules', name)));
  if (missing.length === 0) return;
  const npm = findExecutable('npm', codeDir, environment['PATH']);
  if (npm === undefined)
    throw new ScriptError(
      `${kind}: package.json asks for ${missing.join(', ')}, and this machine has no npm on PATH. Install npm, or put node_modules into the source folder.`,
    );
  const locked = ['package-lock.json', 'npm-shrinkwrap.json'].some((name) => existsSync(join(codeDir, name)));
  const argv = [npm, locked ? 'ci' : 'install', '--omit=dev', '--no-audit', '--no-fund', '--no-progress'] as const;
  tell('INFO', `Installing the packages of package.json with npm ${argv[1]}`);
  const { exitCode, stderr } = await runCommand({ argv, cwd: codeDir, environment });
  if (exitCode !== 0) throw failedCommand({ kind, exitCode, command: argv, stderr });
}

/** Makes `import … from '@rung/worker/script'` work in the script, unless it brought its own. */
export async function provideHelper(codeDir: string): Promise<void> {
  const link = join(codeDir, 'node_modules/@rung/worker');
  if (existsSync(link)) return;
  await mkdir(dirname(link), { recursive: true });
  await symlink(fileURLToPath(new URL('../..', import.meta.url)), link);
}

async function dependencies(file: string): Promise<string[]> {
  if (!existsSync(file)) return [];
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ScriptError(
      `${kind}: package.json cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (typeof content !== 'object' || content === null || !('dependencies' in content)) return [];
  const { dependencies: named } = content;
  return typeof named === 'object' && named !== null
    ? Object.keys(named).filter((name) => name !== '@rung/worker')
    : [];
}

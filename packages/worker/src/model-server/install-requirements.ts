/** `requirements.txt` beside the handlers: its packages go into a folder of this instance's own, never into the shared environment. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder with the packages; `undefined` when there is nothing to install. Thrown when they could not be installed; why is in the log. */
export async function installRequirements(codeFolder: string, python: string): Promise<string | undefined> {
  const requirements = join(codeFolder, 'requirements.txt');
  if (!existsSync(requirements)) return undefined;
  const layer = join(tmpdir(), `rung-packages-${process.pid}`);
  const install = [
    python,
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--target',
    layer,
    '-r',
    requirements,
  ] as const;
  const code = await run(install);
  if (code === 0) return layer;
  throw new Error(
    `The packages of code/requirements.txt could not be installed (pip exited with ${code}); the lines above say why.`,
  );
}

function run([program, ...args]: readonly [string, ...string[]]): Promise<number | string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
}

/** What the handlers need beside their environment: it goes into a layer of this instance's own, never into the environment that all share. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * For `requirements.txt` beside the handlers the folder with its packages, for `PYTHONPATH`; `undefined` when there is nothing to add. For
 * `package.json` the packages are put beside the handlers, and so is `@rung/worker/script`. Thrown when they cannot be installed: ScriptError, which names the command and its last words.
 */
export async function installRequirements(
  codeFolder: string,
  environment: NodeJS.ProcessEnv,
  python: string | undefined,
): Promise<string | undefined> {
  const requirements = join(codeFolder, 'requirements.txt');
  if (python === undefined) {
    const { installNodeModules, provideHelper } = await import('../script-mode/install-node.ts');
    if (existsSync(join(codeFolder, 'package.json'))) await installNodeModules(codeFolder, environment);
    // The script that trained is often the one that serves. In a folder that nobody may write to, handlers do without.
    await provideHelper(codeFolder).catch(() => undefined);
    return undefined;
  }
  if (!existsSync(requirements)) return undefined;
  const root = environment['RUNG_ENVIRONMENTS'];
  const installer = await import('../script-mode/install-python.ts');
  return installer.installRequirements(requirements, {
    python,
    environmentFolder: environment['VIRTUAL_ENV'] ?? '',
    uv: environment['RUNG_UV'],
    cache: root === undefined ? undefined : join(root, 'layers'),
    jobFolder: join(tmpdir(), 'layer'),
    environment,
  });
}

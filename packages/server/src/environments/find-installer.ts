import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runTool } from './run-tool.ts';

export type Installer = { readonly type: 'uv'; readonly program: string } | { readonly type: 'pip' };

/** Bumped when another uv shall be fetched. */
const toolName = 'uv-1';

/** The `uv` of the machine, or the one that an earlier build brought. */
export function findUv(folder: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const onPath = (environment['PATH'] ?? '').split(delimiter).map((each) => join(each, 'uv'));
  return [...onPath, ownUv(folder)].find((file) => existsSync(file));
}

/** `uv` wherever it comes from; pip, which every venv has, when it is not to be had. */
export async function findInstaller(folder: string, python: string, signal: AbortSignal): Promise<Installer> {
  const found = findUv(folder);
  if (found !== undefined) return { type: 'uv', program: found };
  try {
    return { type: 'uv', program: await installUv(folder, python, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    return { type: 'pip' };
  }
}

async function installUv(folder: string, python: string, signal: AbortSignal): Promise<string> {
  const uv = ownUv(folder);
  const home = dirname(dirname(uv));
  const draft = `${home}.building-${process.pid}`;
  await mkdir(dirname(home), { recursive: true });
  try {
    await runTool({ argv: [python, '-m', 'venv', draft], signal });
    const pip = [join(draft, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'] as const;
    await runTool({ argv: [...pip, 'uv'], signal });
    await rename(draft, home);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(uv)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return uv;
}

function ownUv(folder: string): string {
  return join(folder, '.tools', toolName, 'bin', 'uv');
}

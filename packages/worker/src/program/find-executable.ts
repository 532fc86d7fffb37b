import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** The file that `name` starts: a path, or a name looked up in `searchPath`. `undefined` when there is none that may be executed. */
export function findExecutable(name: string, workingDir: string, searchPath: string | undefined): string | undefined {
  const candidates =
    isAbsolute(name) || name.includes('/')
      ? [resolve(workingDir, name)]
      : (searchPath ?? '').split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, name)]));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What kind of thing the user's entry point is, and the command that runs it. */
import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { pathInside } from '../inputs/path-inside.ts';
import { ScriptError } from './script-error.ts';

export type EntryPoint =
  /** `python train.py` */
  | { readonly type: 'python'; readonly file: string }
  /** `python -m package.train`, with the code installed first where it is a package. */
  | { readonly type: 'module'; readonly module: string; readonly install: boolean }
  /** `node train.ts` */
  | { readonly type: 'node'; readonly file: string }
  /** `bash train.sh` */
  | { readonly type: 'shell'; readonly file: string }
  | { readonly type: 'executable'; readonly file: string };

export interface Interpreters {
  /** Absent in the `node` environment. */
  readonly python: string | undefined;
  readonly node: string;
}

const nodeExtensions = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);

/** @throws ScriptError when there is no such file, or its environment cannot run it. */
export function findEntryPoint(name: string, codeDir: string, { python }: Interpreters): EntryPoint {
  const file = inside(codeDir, name);
  const extension = extname(name);
  const isPackage = ['setup.py', 'pyproject.toml'].some((each) => existsSync(join(codeDir, each)));
  if (!isFile(file)) {
    const module = extension === '' && /^[\w.]+$/.test(name) ? moduleFile(codeDir, name) : undefined;
    if (module === undefined) throw missing(name, codeDir);
    return { type: 'module', module: name, install: isPackage };
  }
  if (nodeExtensions.has(extension)) return { type: 'node', file: name };
  if (extension === '.sh') return { type: 'shell', file: name };
  if (extension === '.py') {
    if (python === undefined)
      throw new ScriptError(
        `"${name}" is a Python script, and the environment node has no Python. Use the image of a Python framework, e.g. sagemaker-scikit-learn.`,
      );
    return existsSync(join(codeDir, 'setup.py'))
      ? { type: 'module', module: name.slice(0, -3).replaceAll('/', '.'), install: true }
      : { type: 'python', file: name };
  }
  return { type: 'executable', file: name };
}

export function entryCommand(
  entry: EntryPoint,
  { python = 'python3', node }: Interpreters,
  args: readonly string[],
): readonly [string, ...string[]] {
  switch (entry.type) {
    case 'python':
      return [python, entry.file, ...args];
    case 'module':
      return [python, '-m', entry.module, ...args];
    case 'node':
      return [node, entry.file, ...args];
    case 'shell':
      return ['/bin/bash', entry.file, ...args];
    case 'executable':
      return [`./${entry.file}`, ...args];
    default:
      return entry satisfies never;
  }
}

function inside(codeDir: string, name: string): string {
  try {
    return pathInside(codeDir, name);
  } catch {
    throw new ScriptError(`The entry point "${name}" is outside the source folder. Give its path within source_dir.`);
  }
}

function moduleFile(codeDir: string, module: string): string | undefined {
  const path = join(codeDir, ...module.split('.'));
  return [`${path}.py`, join(path, '__main__.py')].find(isFile);
}

function missing(name: string, codeDir: string): ScriptError {
  const there = existsSync(codeDir) ? '' : ' No source archive was given: sagemaker_submit_directory is missing.';
  return new ScriptError(
    `The entry point "${name}" does not exist in the source archive.${there} Check entry_point and source_dir, or sagemaker_program and sagemaker_submit_directory.`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

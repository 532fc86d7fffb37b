/** Which Python of this machine environments are made with. */
import { spawnSync } from 'node:child_process';
import { oldestPython } from './declarations.ts';

export interface PythonInterpreter {
  /** The interpreter itself, not a shim or a link on PATH. */
  readonly executable: string;
  /** `3.12.4` */
  readonly version: string;
}

/** Newest first, after the one that the machine calls `python3`. */
const newestTried = 15;
const timeoutMs = 10_000;

/**
 * `python3` when its version fits, else the newest `python3.x` on PATH that does. Each is asked for its version, because a name on PATH may be
 * a shim without a Python behind it. `undefined` when there is none.
 * @param below the first minor version of Python 3 that does not fit.
 */
export function findPython(below: number, environment: NodeJS.ProcessEnv = process.env): PythonInterpreter | undefined {
  const names = ['python3'];
  for (let minor = Math.min(newestTried, below - 1); minor >= oldestPython; minor -= 1) names.push(`python3.${minor}`);
  for (const name of names) {
    const found = ask(name, environment);
    if (found !== undefined && fits(found.version, below)) return found;
  }
  return undefined;
}

function ask(name: string, environment: NodeJS.ProcessEnv): PythonInterpreter | undefined {
  const program = 'import sys, venv; print(sys.executable, "%d.%d.%d" % sys.version_info[:3], sep="\\n")';
  const run = spawnSync(name, ['-c', program], { encoding: 'utf8', env: environment, timeout: timeoutMs, cwd: '/' });
  if (run.status !== 0) return undefined;
  const [executable = '', version = ''] = run.stdout.split('\n');
  return executable === '' ? undefined : { executable, version };
}

function fits(version: string, below: number): boolean {
  const [major, minor = 0] = version.split('.').map(Number);
  return major === 3 && minor >= oldestPython && minor < below;
}

/** What a user without a fitting Python is told. */
export function pythonMissing(name: string, below: number): { reason: string; remedy: string } {
  const range = `Python 3.${oldestPython} to 3.${below - 1}`;
  return {
    reason: `the environment ${name} needs ${range}, and this machine has none on PATH`,
    remedy: `install Python with your system's packages (Debian, Ubuntu: \`apt install python3 python3-venv\`; Fedora: \`dnf install python3\`; macOS: \`brew install python\`), then try again`,
  };
}

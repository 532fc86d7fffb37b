/**
 * Python environments that tests and benchmarks compare Rung with: the AWS clients, and the scientific peers. Each is made once from
 * `tools/python/<name>.txt` into `.cache/python/<name>-<hash of that file>` and found again afterwards.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

const environmentNames = [
  'clients',
  'clients-v3',
  'science',
  'servers',
  's3-peer',
  'peers',
  'torch',
  'xlearn',
] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** The folder that holds the environment's programs (`python`, `aws` …), or the reason why there is none yet. */
export function findPythonEnvironment(name: EnvironmentName): { bin: string } | { missing: string } {
  const bin = join(folderOf(name), 'bin');
  return existsSync(bin)
    ? { bin }
    : {
        missing: `the Python environment "${name}" is not installed: run \`node tools/python-environment.ts ${name}\``,
      };
}

/** Makes the environment when it is not there, and answers its `bin` folder. Needs python3 (3.11 or newer) with venv. */
export function makePythonEnvironment(name: EnvironmentName): string {
  const folder = folderOf(name);
  const bin = join(folder, 'bin');
  if (existsSync(bin)) return bin;
  const building = `${folder}.building-${process.pid}`;
  rmSync(building, { recursive: true, force: true });
  const run = (program: string, ...argv: string[]): void => {
    execFileSync(program, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  run('python3', '-m', 'venv', building);
  run(join(building, 'bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv');
  run(
    join(building, 'bin/uv'),
    'pip',
    'install',
    '--quiet',
    '--python',
    join(building, 'bin/python'),
    '--requirement',
    requirements(name),
    ...(existsSync(overrides(name)) ? ['--override', overrides(name)] : []),
  );
  // Console scripts name their interpreter by absolute path, so the folder is renamed only after they are pointed at its final place.
  execFileSync('sed', ['-i', `1s|${building}|${folder}|`, ...consoleScripts(building)]);
  renameSync(building, folder);
  return bin;
}

function consoleScripts(folder: string): string[] {
  return execFileSync('grep', ['-lI', `^#!${folder}`, '-r', join(folder, 'bin')], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

function requirements(name: EnvironmentName): string {
  return join(root, 'tools/python', `${name}.txt`);
}

/** Requirements that packages state and this environment does without. */
function overrides(name: EnvironmentName): string {
  return join(root, 'tools/python', `${name}.overrides.txt`);
}

function folderOf(name: EnvironmentName): string {
  const hash = createHash('sha256')
    .update(readFileSync(requirements(name)))
    .digest('hex')
    .slice(0, 12);
  return join(root, '.cache/python', `${name}-${hash}`);
}

if (import.meta.main) {
  for (const name of process.argv.slice(2)) {
    const known = environmentNames.find((candidate) => candidate === name);
    if (known === undefined) throw new Error(`"${name}" is no environment; there are: ${environmentNames.join(', ')}`);
    process.stdout.write(`${name}: ${makePythonEnvironment(known)}\n`);
  }
}

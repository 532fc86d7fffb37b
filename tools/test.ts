/**
 * `npm test [-- path …]`: runs every `*.test.ts` of the workspace (or those below the given paths) with node:test, then proves that the run left
 * nothing behind: no process and no temporary folder. Skipped tests print their reason; the closing summary counts them.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePythonEnvironment } from './python-environment.ts';
import { makeScriptEnvironment, scriptEnvironments } from './script-environments.ts';

const root = join(import.meta.dirname, '..');

const asked = process.argv.slice(2);
const files = globSync(
  ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'tools/**/*.test.ts', 'examples/**/*.test.ts'],
  { cwd: root },
)
  .filter((file) => asked.length === 0 || asked.some((path) => file.includes(path)))
  .sort();
if (files.length === 0) fail(`no test file matches ${asked.join(' ')}`);

await preparePython();

// Its own temporary folder for the whole run, so that what a test forgot can be found. Short, because unix socket paths are.
const scratch = mkdtempSync(join(tmpdir(), 'rt-'));
const marker = `rung-test-run-${process.pid}-${Date.now()}`;
// One cache of compiled modules for the processes of all tests: most of them load the same ones.
const environment = {
  ...process.env,
  TMPDIR: scratch,
  RUNG_TEST_RUN: marker,
  NODE_COMPILE_CACHE: join(scratch, 'node-compile-cache'),
};
// One file more than cores: clients that wait between two questions leave a core free.
const run = spawnSync(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${availableParallelism() + 1}`,
    '--test-timeout=240000',
    '--test-reporter=spec',
    ...files,
  ],
  { cwd: root, stdio: 'inherit', env: environment },
);

const left = [...leftProcesses(), ...leftFiles()];
try {
  rmSync(scratch, { recursive: true, force: true });
} catch (error) {
  left.push(error instanceof Error ? error.message : String(error));
}
if (left.length > 0) fail(`the tests left behind:\n  ${left.join('\n  ')}`);
process.exitCode = run.status ?? 1;

/** Makes the environments of the Python clients and of script mode; without Python their tests skip and say so. */
async function preparePython(): Promise<void> {
  try {
    makePythonEnvironment('clients');
    makePythonEnvironment('clients-v3');
    makePythonEnvironment('science');
    makePythonEnvironment('peers');
    for (const name of scriptEnvironments) await makeScriptEnvironment(name);
  } catch (error) {
    process.stderr.write(
      `Tests that need Python will be skipped: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

/** Processes that carry this run's marker in their environment, and so were started by a test. Linux only: elsewhere there is no /proc to ask. */
function leftProcesses(): string[] {
  if (process.platform !== 'linux') return [];
  const left: string[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (!readFileSync(`/proc/${entry}/environ`, 'latin1').includes(marker)) continue;
      left.push(
        `process ${entry}: ${readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200)}`,
      );
      process.kill(Number(entry), 'SIGKILL');
    } catch {
      // It ended between the listing and the look, which is what we want of it.
    }
  }
  return left;
}

function leftFiles(): string[] {
  // Node keeps its compile cache in the temporary folder when asked to; it belongs to nobody.
  return readdirSync(scratch)
    .filter((name) => name !== 'node-compile-cache')
    .map((name) => `in the temporary folder: ${name}`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

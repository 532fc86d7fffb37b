/** `npm run check`: everything about the tree that can be proved without running it. All steps run, then the failed ones are named. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

const steps: [name: string, program: string, ...argv: string[]][] = [
  ['types', 'node', 'node_modules/typescript-native/bin/tsc', '--project', 'tsconfig.json'],
  ['lint', 'oxlint', '--quiet', '.'],
  ['format', 'oxfmt', '--check', '.'],
  ['boundaries', 'depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'err', 'packages'],
  ['dead code', 'knip', '--no-progress', '--no-config-hints'],
  ['file sizes', 'node', 'tools/file-sizes.ts'],
  ['generated wire is fresh', 'node', 'tools/generate.ts', '--check'],
  ['generated kernels are fresh', 'node', 'tools/build-kernels.ts', '--check'],
  ['generated docs are fresh', 'node', 'tools/coverage.ts', '--check'],
  ['pages of algorithms are fresh', 'node', 'tools/algorithm-docs.ts', '--check'],
];

const failed: string[] = [];
for (const [name, program, ...argv] of steps) {
  const started = performance.now();
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  const run = spawnSync(program, argv, { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: path } });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const ok = run.status === 0;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
  if (ok) continue;
  failed.push(name);
  process.stdout.write(`${run.stdout}${run.stderr}${run.error ? run.error.message : ''}\n`);
}
if (failed.length > 0) {
  process.stdout.write(`\nFailed: ${failed.join(', ')}. \`npm run fix\` repairs lint and format.\n`);
  process.exitCode = 1;
}

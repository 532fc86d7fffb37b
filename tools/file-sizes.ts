/** Refuses source files of more than 500 lines: past that, a file holds more than one idea. Generated files are not read by people. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const limit = 500;
const root = join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.js', '*.mjs'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n');

const tooLong = files
  .filter((file) => !file.includes('/generated/'))
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
  .filter(({ lines }) => lines > limit);

for (const { file, lines } of tooLong)
  process.stdout.write(`${file}: ${lines} lines, more than ${limit}. Split it by idea.\n`);
if (tooLong.length > 0) process.exitCode = 1;

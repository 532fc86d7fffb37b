/** The tutorials keep their word: every command is run in order, every file is the one in examples/, and what is promised is printed. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { findPythonEnvironment } from '../../../tools/python-environment.ts';
import { runProgram } from './run-program.ts';
import { environmentsDir, skipWithout } from './script-jobs.ts';

const root = join(import.meta.dirname, '../../..');
const python = findPythonEnvironment('clients');

describe('the tutorial for', { concurrency: 2 }, () => {
  const skip = 'missing' in python ? python.missing : skipWithout('scikit-learn');
  test('a train.py', { skip }, () => follow('python', 'bin' in python ? [python.bin] : []));
  test('a train.ts', () => follow('typescript', []));
});

interface Block {
  /** `sh`, `text`, or the language of a file. */
  readonly language: string;
  /** Name of the file that the block shows. */
  readonly file: string | undefined;
  readonly text: string;
}

async function follow(name: 'python' | 'typescript', programs: readonly string[]): Promise<void> {
  const page = readFileSync(join(root, `docs/tutorials/${name}.md`), 'utf8');
  const blocks = [...page.matchAll(/^```(\S+) ?(\S+)?\n(.*?)^```$/gms)].map(
    ([, language = '', file, text = '']): Block => ({ language, file, text }),
  );
  for (const { file, text } of blocks.filter((block) => block.file !== undefined))
    assert.equal(text, readFileSync(join(root, 'examples', name, file ?? ''), 'utf8'), `${file} in ${name}.md`);

  const folder = mkdtempSync(join(tmpdir(), 'tut-'));
  try {
    cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
    for (const shared of ['packages', 'node_modules']) symlinkSync(join(root, shared), join(folder, shared));
    writeFileSync(join(folder, 'examples', name, 'rung.yaml'), 'port: 0\ntlsPort: 0\n');
    const { code, stdout, stderr } = await runProgram('bash', ['-c', session(folder, blocks)], {
      PATH: [...programs, join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      RUNG_HOME: join(folder, 'home'),
      RUNG_ENVIRONMENTS_DIR: environmentsDir,
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    for (const [before, text] of promises(blocks)) {
      const printed = stdout.split(`${marker(before)}\n`)[1]?.split(marker(before + 1))[0] ?? '';
      for (const line of text.trimEnd().split('\n'))
        assert.match(
          printed,
          new RegExp(
            `^${line
              .split('…')
              .map((part) => RegExp.escape(part))
              .join('.*')}$`,
            'm',
          ),
          line,
        );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One shell for all commands, as a reader has it; whatever happens, no platform stays. npx would find the same programs, a second later each time. */
function session(folder: string, blocks: readonly Block[]): string {
  const commands = blocks.filter(({ language }) => language === 'sh');
  return [
    `set -eo pipefail; npx() { "$@"; }; trap 'rung down >/dev/null 2>&1 || :' EXIT; cd ${folder}; exec 2>&1`,
    ...commands.map(({ text }, index) => `echo '${marker(index)}'\n${text}`),
    `echo '${marker(commands.length)}'`,
  ].join('\n');
}

function marker(index: number): string {
  return `--- block ${index} ---`;
}

/** Blocks of output, each with the number of the commands before it that print it. */
function promises(blocks: readonly Block[]): [number, string][] {
  let commands = -1;
  return blocks.flatMap(({ language, text }): [number, string][] => {
    if (language === 'sh') commands += 1;
    return language === 'text' ? [[commands, text]] : [];
  });
}

/** Which framework's environment a script runs in. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Framework } from '@rung/sdk';
import { UsageError } from '../usage-error.ts';

const frameworks: readonly Framework[] = [
  'scikit-learn',
  'xgboost',
  'pytorch',
  'tensorflow',
  'huggingface',
  'jax',
  'node',
];
const nodeExtensions = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts'];
const scriptExtensions = new Set(['.py', '.sh', ...nodeExtensions]);

export function isScript(program: string): boolean {
  return scriptExtensions.has(extname(program));
}

/**
 * The framework that is asked for; else by what the script imports; scikit-learn, which has the least in it, when that says nothing.
 * @throws UsageError when there is no such framework.
 */
export async function chooseFramework(
  program: string,
  asked: string | undefined,
  source: string | undefined,
): Promise<Framework> {
  if (asked !== undefined) return toFramework(asked);
  if (nodeExtensions.includes(extname(program))) return 'node';
  const text = await readFile(source === undefined ? program : join(source, program), 'utf8').catch(() => '');
  const imports = (module: string): boolean => new RegExp(`^\\s*(import|from)\\s+${module}\\b`, 'm').test(text);
  const order: readonly [string, Framework][] = [
    ['(transformers|datasets|accelerate)', 'huggingface'],
    ['(torch|torchvision|lightning)', 'pytorch'],
    ['(tensorflow|keras)', 'tensorflow'],
    ['(jax|flax|optax)', 'jax'],
    ['xgboost', 'xgboost'],
  ];
  return order.find(([modules]) => imports(modules))?.[1] ?? 'scikit-learn';
}

function toFramework(name: string): Framework {
  const known = frameworks.find((each) => each === name.toLowerCase());
  if (known !== undefined) return known;
  if (name === 'sklearn') return 'scikit-learn';
  throw new UsageError(`There is no framework "${name}". There are: ${frameworks.join(', ')}.`);
}

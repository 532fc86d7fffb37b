/** What `rung train PROGRAM` trains with: a script of the user's own, a built-in algorithm, or an image. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import {
  Estimator,
  type EstimatorOptions,
  type Framework,
  HuggingFace,
  Jax,
  NodeScript,
  PyTorch,
  type ScriptEstimator,
  type ScriptOptions,
  type Session,
  SKLearn,
  TensorFlow,
  XGBoost,
} from '@rung/sdk';
import { UsageError } from '../usage-error.ts';
import { csvContentType, programImage } from './program-image.ts';

export interface ProgramOptions extends Omit<EstimatorOptions, 'image' | 'hyperparameters' | 'csvContentType'> {
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly session: Session;
  readonly framework?: string;
  readonly source?: string;
  readonly requirements?: string;
}

const estimators: Readonly<Record<Framework, new (options: ScriptOptions) => ScriptEstimator>> = {
  'scikit-learn': SKLearn,
  xgboost: XGBoost,
  pytorch: PyTorch,
  tensorflow: TensorFlow,
  huggingface: HuggingFace,
  jax: Jax,
  node: NodeScript,
};

/** @throws UsageError when the options do not belong together, or name no framework. */
export async function programEstimator(program: string, options: ProgramOptions): Promise<Estimator> {
  const { framework, source, requirements, ...rest } = options;
  if (!scriptExtensions.has(extname(program)) && framework === undefined && source === undefined) {
    if (requirements !== undefined)
      throw new UsageError(
        `--requirements is for scripts, and "${program}" is none: it ends in neither .py nor .sh, .ts, .js.`,
      );
    return new Estimator({
      ...rest,
      image: programImage(program, options.session.region),
      csvContentType: csvContentType(program),
    });
  }
  const { entrypoint, arguments: _arguments, ...script } = rest;
  if (entrypoint !== undefined)
    throw new UsageError('--entrypoint is for rung/host and images: a script is its own entry point.');
  const chosen = framework === undefined ? await guessFramework(program, source) : toFramework(framework);
  return new estimators[chosen]({
    ...script,
    entryPoint: program,
    hyperparameters: Object.fromEntries(
      Object.entries(options.hyperparameters).map(([name, text]) => [name, toValue(text)]),
    ),
    ...(source !== undefined && { sourceDir: source }),
    ...(requirements !== undefined && { requirements }),
  });
}

const nodeExtensions = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts'];
const scriptExtensions = new Set(['.py', '.sh', ...nodeExtensions]);

function toFramework(name: string): Framework {
  const names = Object.keys(estimators);
  // The keys of the record are the frameworks, all of them.
  const known = names.find((each) => each === name.toLowerCase()) as Framework | undefined;
  if (known !== undefined) return known;
  if (name === 'sklearn') return 'scikit-learn';
  throw new UsageError(`There is no framework "${name}". There are: ${names.join(', ')}.`);
}

/** By what the script imports; scikit-learn, which has the least in it, when that says nothing. */
async function guessFramework(program: string, source: string | undefined): Promise<Framework> {
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

/** `--set rate=0.1` is a number, as it would be in the SDK. */
function toValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && String(Number(text)) === text ? Number(text) : text;
}

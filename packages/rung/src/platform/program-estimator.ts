/** What `rung train PROGRAM` trains with: a script of the user's own, a built-in algorithm, or an image. */
import { type AlgorithmName, isAlgorithmName } from '@rung/algorithms';
import {
  BlazingText,
  Estimator,
  type EstimatorOptions,
  FactorizationMachines,
  type Framework,
  HuggingFace,
  IPInsights,
  Jax,
  KMeans,
  KNN,
  LDA,
  LinearLearner,
  NodeScript,
  PCA,
  PyTorch,
  RandomCutForest,
  type ScriptEstimator,
  type ScriptOptions,
  type Session,
  SKLearn,
  TensorFlow,
  XGBoost,
  XGBoostScript,
} from '@rung/sdk';
import { UsageError } from '../usage-error.ts';
import { chooseFramework, isScript } from './script-framework.ts';

export interface ProgramOptions extends Omit<EstimatorOptions, 'image' | 'hyperparameters' | 'csvContentType'> {
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly session: Session;
  readonly framework?: string;
  readonly source?: string;
  readonly requirements?: string;
}

type AlgorithmProgram = Omit<ProgramOptions, 'framework' | 'source' | 'requirements'>;

// Safe: the platform checks hyperparameters given as text, and names the wrong ones.
const algorithms = {
  blazingtext: BlazingText,
  'factorization-machines': FactorizationMachines,
  ipinsights: IPInsights,
  kmeans: KMeans,
  knn: KNN,
  lda: LDA,
  'linear-learner': LinearLearner,
  pca: PCA,
  randomcutforest: RandomCutForest,
  xgboost: XGBoost,
} as unknown as Readonly<Record<AlgorithmName, new (options: object) => Estimator>>;

const estimators: Readonly<Record<Framework, new (options: ScriptOptions) => ScriptEstimator>> = {
  'scikit-learn': SKLearn,
  xgboost: XGBoostScript,
  pytorch: PyTorch,
  tensorflow: TensorFlow,
  huggingface: HuggingFace,
  jax: Jax,
  node: NodeScript,
};

/** @throws UsageError when the options do not belong together, or name no framework. */
export async function programEstimator(program: string, options: ProgramOptions): Promise<Estimator> {
  const { framework, source, requirements, ...rest } = options;
  if (!isScript(program) && framework === undefined && source === undefined) {
    if (requirements !== undefined)
      throw new UsageError(
        `--requirements is for scripts, and "${program}" is none: it ends in neither .py nor .sh, .ts, .js.`,
      );
    return isAlgorithmName(program) ? algorithmEstimator(program, rest) : new Estimator({ ...rest, image: program });
  }
  const { entrypoint, arguments: _arguments, ...script } = rest;
  if (entrypoint !== undefined)
    throw new UsageError('--entrypoint is for rung/host and images: a script is its own entry point.');
  return new estimators[await chooseFramework(program, framework, source)]({
    ...script,
    entryPoint: program,
    hyperparameters: Object.fromEntries(
      Object.entries(options.hyperparameters).map(([name, text]) => [name, toValue(text)]),
    ),
    ...(source !== undefined && { sourceDir: source }),
    ...(requirements !== undefined && { requirements }),
  });
}

/** The SDK's own class knows how the algorithm wants its files described. */
function algorithmEstimator(
  name: AlgorithmName,
  { hyperparameters, entrypoint, arguments: given, metricDefinitions, ...options }: AlgorithmProgram,
): Estimator {
  if (entrypoint !== undefined || given !== undefined)
    throw new UsageError(`--entrypoint is for rung/host and images: ${name} is a program already.`);
  if (metricDefinitions !== undefined && metricDefinitions.length > 0)
    throw new UsageError(`--metric is for programs of your own: ${name} has metrics already.`);
  return new algorithms[name]({ ...options, ...hyperparameters });
}

/** `--set rate=0.1` is a number, as it would be in the SDK. */
function toValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) && String(Number(text)) === text ? Number(text) : text;
}

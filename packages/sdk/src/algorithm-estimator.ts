/** What the estimators of the built-in algorithms share: typed hyperparameters, written in camel case. */
import type { HyperparameterInput, HyperparameterTable } from '@rung/algorithms';
import {
  Estimator,
  type EstimatorOptions,
  type FitEvent,
  type HyperparameterValue,
  wireHyperparameters,
} from './estimator.ts';
import type { FitInput, FitInputs } from './fit-inputs.ts';
import { countColumns } from './count-columns.ts';
import { algorithmImage } from './images.ts';
import { isSparseRow } from './records.ts';
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';

type CamelCase<Name extends string> = Name extends `_${infer Rest}`
  ? `_${CamelCase<Rest>}`
  : Name extends `${infer Head}_${infer Tail}`
    ? `${Head}${Capitalize<CamelCase<Tail>>}`
    : Name;

type CamelCased<T> = { [Key in keyof T as CamelCase<Key & string>]: T[Key] };

/** The algorithm's own table, in camel case; `featureDim` may be left out, because the data tells it. */
export type AlgorithmHyperparameters<T extends HyperparameterTable> = Omit<
  CamelCased<HyperparameterInput<T>>,
  'featureDim'
> & {
  /** Number of features. Default: counted in the first row of the train channel, where that is on this machine. */
  featureDim?: number;
};

export type AlgorithmOptions = Omit<
  EstimatorOptions,
  'image' | 'hyperparameters' | 'csvContentType' | 'entrypoint' | 'arguments' | 'metricDefinitions'
>;

export interface AlgorithmFacts {
  readonly name: string;
  readonly csvContentType: string;
  /** Label columns of its CSV. */
  readonly labels: 0 | 1;
  /** The algorithm wants to be told the number of features. */
  readonly needsFeatureDim: boolean;
  /** Hyperparameters whose names end in a digit without an underscore before it, e.g. `alpha0`. */
  readonly digitNames?: readonly string[];
}

/** All of them: whatever else is given is a hyperparameter. */
const estimatorOptions: Readonly<Record<keyof AlgorithmOptions, true>> = {
  instanceType: true,
  instanceCount: true,
  environment: true,
  outputPath: true,
  maxRuntimeSeconds: true,
  spot: true,
  checkpoints: true,
  keepAliveSeconds: true,
  baseJobName: true,
  tags: true,
  session: true,
};

/** Base of the built-in algorithms' estimators; each has one options object with its hyperparameters and the estimator's options side by side. */
export abstract class AlgorithmEstimator extends Estimator {
  readonly #facts: AlgorithmFacts;

  protected constructor(facts: AlgorithmFacts, given: object) {
    const options: Record<string, unknown> = {};
    const hyperparameters: Record<string, HyperparameterValue> = {};
    for (const [key, value] of Object.entries(given)) {
      if (Object.hasOwn(estimatorOptions, key)) options[key] = value;
      else
        hyperparameters[facts.digitNames?.includes(key) === true ? key : snakeCase(key)] = value as HyperparameterValue; // The public type admits nothing else.
    }
    super({ ...options, image: facts.name, csvContentType: facts.csvContentType, hyperparameters });
    this.#facts = facts;
  }

  protected override image(): string {
    return algorithmImage(this.#facts.name, this.session.region);
  }

  protected override async request(
    name: string,
    inputs: FitInputs,
    onEvent: (event: FitEvent) => void,
  ): Promise<CreateTrainingJobRequest> {
    const request = await super.request(name, inputs, onEvent);
    const given = this.hyperparameters();
    if (!this.#facts.needsFeatureDim || given['feature_dim'] !== undefined) return request;
    const columns = await countFeatures(inputs['train'], this.#facts.labels);
    return columns === undefined
      ? request
      : { ...request, HyperParameters: { ...given, ...wireHyperparameters({ feature_dim: columns }) } };
  }
}

async function countFeatures(input: FitInput | undefined, labels: number): Promise<number | undefined> {
  if (typeof input === 'object' && 'rows' in input) {
    const [first] = input.rows;
    return first === undefined || isSparseRow(first) ? undefined : first.length;
  }
  if (typeof input !== 'string' || input.startsWith('s3://')) return undefined;
  const columns = await countColumns(input);
  return columns === undefined ? undefined : columns - labels;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]|(?<=[a-z])\d/g, (letter) => `_${letter.toLowerCase()}`);
}

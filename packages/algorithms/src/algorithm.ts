/** The seam that every built-in algorithm implements. A folder per algorithm, the same files in each; see docs/architecture/07-algorithms.md. */
import type { HyperparametersOf, HyperparameterTable } from './hyperparameters/table.ts';
import type { Model } from './model.ts';
import type { TrainContext } from './program/train-context.ts';

export interface Algorithm<T extends HyperparameterTable = HyperparameterTable> {
  /** Also the last path segment of its image, e.g. `kmeans`. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly doc: string;
  readonly hyperparameters: T;
  /** What the table cannot say: returns a problem in words, e.g. "'num_classes' …", or `undefined`. */
  checkHyperparameters?(values: HyperparametersOf<T>): string | undefined;
  readonly channels: readonly ChannelDeclaration[];
  readonly metrics: readonly MetricDeclaration[];
  /** Hosts that one training job may have. */
  readonly maxInstances: number;
  /** Reads the channels, trains, saves the model. Returns early, with the model so far saved, once `context.stopping` is aborted. */
  train(context: TrainContext<HyperparametersOf<T>>): Promise<void>;
  /** Reads an artifact. Thrown when it is not one of this algorithm's: ClientError. */
  load(files: ModelFiles, environment: ServingEnvironment): Promise<Model>;
}

/** The variables of the program that serves a model, by which some algorithms answer differently, e.g. `SAGEMAKER_INFERENCE_OUTPUT`. */
export type ServingEnvironment = Readonly<Record<string, string | undefined>>;

export interface ChannelDeclaration {
  readonly name: string;
  readonly required: boolean;
  readonly contentTypes: readonly string[];
  readonly inputModes: readonly ('File' | 'Pipe' | 'FastFile')[];
  readonly doc: string;
}

export interface MetricDeclaration {
  /** As AWS names it, e.g. `test:msd`. */
  readonly name: string;
  /** Finds the value, as its first group, in a log line. */
  readonly regex: string;
  readonly direction: 'Minimize' | 'Maximize';
  /** May be the objective of a tuning job. */
  readonly tunable: boolean;
}

/** The files of a model artifact, by path relative to the model folder. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** Files of a model to be written. A large one comes in parts, where they lie: nobody makes a copy of it as a whole. */
export type SavedFiles = ReadonlyMap<string, Uint8Array | readonly Uint8Array[]>;

/** A channel of rows or lines, which are read as they come: in every input mode. */
export function channel(
  name: string,
  required: boolean,
  doc: string,
  contentTypes: readonly string[],
): ChannelDeclaration {
  return { name, required, contentTypes, inputModes: ['File', 'Pipe', 'FastFile'], doc };
}

/** A metric whose lines {@link TrainLog.quality} writes. */
export function qualityMetric(
  channel: 'train' | 'validation' | 'test',
  metric: string,
  direction: MetricDeclaration['direction'],
  tunable = channel !== 'train',
): MetricDeclaration {
  return {
    name: `${channel}:${metric}`,
    regex: `#quality_metric: host=\\S+,(?: epoch=\\S+,)? ${channel} ${metric} <\\S+>=(\\S+)`,
    direction,
    tunable,
  };
}

/** Metrics of every algorithm. */
export const commonMetrics: readonly MetricDeclaration[] = [
  {
    name: 'train:progress',
    regex: '#progress_metric: host=\\S+, completed (\\S+) %',
    direction: 'Maximize',
    tunable: false,
  },
  {
    name: 'train:throughput',
    regex: '#throughput_metric: host=\\S+, train throughput=(\\S+) records/second',
    direction: 'Maximize',
    tunable: false,
  },
];

export type { Algorithm, ChannelDeclaration, MetricDeclaration, ModelFiles } from './algorithm.ts';
export { algorithmNames, isAlgorithmName, loadAlgorithm, type AlgorithmName } from './algorithms.ts';
export { AlgorithmError, ClientError } from './errors.ts';
export { validateHyperparameters } from './hyperparameters/validate.ts';
export type {
  Hyperparameter,
  HyperparameterInput,
  HyperparametersOf,
  HyperparameterTable,
} from './hyperparameters/table.ts';
export { loadModel } from './load-model.ts';
export type {
  InvocationRequest,
  InvocationResponse,
  Model,
  PredictionRow,
  TextOptions,
  TextPrediction,
} from './model.ts';
export { serveProgram, trainProgram } from './program/entries.ts';
export { Random } from './random.ts';

/** The Rung SDK: train, deploy and predict from TypeScript. */
export { WireError } from '@rung/wire';
export {
  type Connection,
  type ConnectionOptions,
  type Credentials,
  NoConnection,
  resolveConnection,
} from './connection.ts';
export {
  Estimator,
  type EstimatorOptions,
  type FitEvent,
  type FitOptions,
  type HyperparameterValue,
} from './estimator.ts';
export { FactorizationMachines, type FactorizationMachinesOptions } from './factorization-machines.ts';
export type { FitInput, FitInputs, TrainingInput, TrainingRows, UploadEvent } from './fit-inputs.ts';
export { HuggingFace, Jax, NodeScript, PyTorch, SKLearn, TensorFlow, XGBoostScript } from './frameworks.ts';
export { BlazingText, type BlazingTextOptions } from './blazing-text.ts';
export { algorithmImage } from './images.ts';
export { IPInsights, type IPInsightsOptions } from './ip-insights.ts';
export { KMeans, type KMeansOptions } from './kmeans.ts';
export { KNN, type KNNOptions } from './knn.ts';
export { LDA, type LDAOptions } from './lda.ts';
export { LinearLearner, type LinearLearnerOptions } from './linear-learner.ts';
export { PCA, type PCAOptions } from './pca.ts';
export { loadModel, type LoadModelOptions } from './load-model.ts';
export { type LogLine, LogTail } from './log-tail.ts';
export { DeploymentFailed, type DeployOptions, Model, type ModelOptions } from './model.ts';
export {
  type Prediction,
  type PredictInput,
  type PredictOptions,
  Predictor,
  type PredictorOptions,
} from './predictor.ts';
export { type ProcessingEvent, ProcessingFailed, ProcessingJob, type ProcessingWaitOptions } from './processing-job.ts';
export { Processor, type ProcessorOptions, type RunEvent, type RunOptions } from './processor.ts';
export type {
  ProcessorInput,
  ProcessorInputs,
  ProcessorOutput,
  ProcessorOutputs,
  ProcessorUploadEvent,
} from './processor-request.ts';
export {
  FrameworkProcessor,
  type FrameworkProcessorOptions,
  type FrameworkRunOptions,
  ScriptProcessor,
  type ScriptProcessorOptions,
  type ScriptRunOptions,
  SKLearnProcessor,
} from './script-processors.ts';
export { SourceMissing } from './pack-source.ts';
export { RandomCutForest, type RandomCutForestOptions } from './random-cut-forest.ts';
export type { SparseRow } from './records.ts';
export type { Row } from './rows.ts';
export { ScriptEstimator, type ScriptHyperparameter, type ScriptOptions } from './script-estimator.ts';
export { type Framework, frameworkImage } from './script-images.ts';
export { Session, type SessionOptions } from './session.ts';
export { spotSaving, TrainingFailed, TrainingJob, type TrainingEvent, type WaitOptions } from './training-job.ts';
export type { UploadOptions } from './upload.ts';
export { XGBoost, type XGBoostOptions } from './xgboost.ts';

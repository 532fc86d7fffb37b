/** An estimator per framework, each with a script of the user's own: channels become `SM_CHANNEL_*`, hyperparameters arguments. */
import { ScriptEstimator, type ScriptOptions } from './script-estimator.ts';

/** A Python script with scikit-learn, pandas and SciPy. */
export class SKLearn extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('scikit-learn', options);
  }
}

/** A Python script with XGBoost; without a script, `XGBoost` is the built-in algorithm. */
export class XGBoostScript extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('xgboost', options);
  }
}

/** A Python script with PyTorch. */
export class PyTorch extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('pytorch', options);
  }
}

/** A Python script with TensorFlow. */
export class TensorFlow extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('tensorflow', options);
  }
}

/** A Python script with PyTorch, Transformers and Datasets. */
export class HuggingFace extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('huggingface', options);
  }
}

/** A Python script with JAX. On Rung only: AWS has no image for it. */
export class Jax extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('jax', options);
  }
}

/** A TypeScript or JavaScript script on Node; `package.json` in its folder says what to install. On Rung only. */
export class NodeScript extends ScriptEstimator {
  constructor(options: ScriptOptions) {
    super('node', options);
  }
}

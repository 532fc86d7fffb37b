/** Repository names of AWS's framework images, and the environment that stands for each. */
import type { EnvironmentName } from '../environments/environment-ref.ts';

export interface FrameworkImage {
  readonly environment: EnvironmentName;
  /** What the image's tag counts, e.g. `PyTorch` in `pytorch-training:2.3-cpu-py311`. */
  readonly framework: string;
}

const scikitLearn: FrameworkImage = { environment: 'scikit-learn', framework: 'scikit-learn' };
const pytorch: FrameworkImage = { environment: 'pytorch', framework: 'PyTorch' };
const tensorflow: FrameworkImage = { environment: 'tensorflow', framework: 'TensorFlow' };
const huggingFace: FrameworkImage = { environment: 'huggingface-pytorch', framework: 'PyTorch' };
/** Also ONNX models: they need no Python. */
const node: FrameworkImage = { environment: 'node', framework: 'Node' };
const jax: FrameworkImage = { environment: 'jax', framework: 'JAX' };

/** `sagemaker-xgboost` is here and among the built-in algorithms: a script in the hyperparameters decides. */
export const frameworkRepositories: Readonly<Record<string, FrameworkImage>> = {
  'sagemaker-scikit-learn': scikitLearn,
  'sagemaker-xgboost': { environment: 'xgboost', framework: 'XGBoost' },
  'pytorch-training': pytorch,
  'pytorch-inference': pytorch,
  'pytorch-inference-graviton': pytorch,
  'sagemaker-pytorch': pytorch,
  'sagemaker-inference-pytorch': pytorch,
  'tensorflow-training': tensorflow,
  'tensorflow-inference': tensorflow,
  'tensorflow-inference-graviton': tensorflow,
  'sagemaker-tensorflow-scriptmode': tensorflow,
  'sagemaker-tensorflow-serving': tensorflow,
  'huggingface-pytorch-training': huggingFace,
  'huggingface-pytorch-inference': huggingFace,
  'jax-training': jax,
  'rung/jax': jax,
  'rung/node': node,
  'rung/onnx': node,
};

/** Images of what no longer lives, or never ran outside AWS: name pattern, and what to use instead. Read in order. */
export const retiredRepositories: readonly { readonly name: RegExp; readonly instead: string }[] = [
  {
    name: /^(sagemaker-)?rl-|^sagemaker-rl-/,
    instead: 'pytorch-training, with the reinforcement learning library in requirements.txt',
  },
  { name: /mxnet/, instead: 'pytorch-training or pytorch-inference' },
  { name: /chainer/, instead: 'pytorch-training' },
  { name: /^huggingface-tensorflow/, instead: 'huggingface-pytorch-training or tensorflow-training' },
  { name: /^sagemaker-tensorflow$/, instead: 'tensorflow-training, with the script in script mode' },
  { name: /^pytorch-.*(trcomp|neuron|eia)/, instead: 'pytorch-training or pytorch-inference' },
  {
    name: /^tensorflow-.*(trcomp|neuron|eia)|^sagemaker-tensorflow-eia$|^sagemaker-tensorflow-serving-eia$/,
    instead: 'tensorflow-training or tensorflow-inference',
  },
  {
    name: /^huggingface-pytorch-.*(trcomp|neuron)/,
    instead: 'huggingface-pytorch-training or huggingface-pytorch-inference',
  },
  { name: /^sagemaker-inference-tensorflow$/, instead: 'tensorflow-inference' },
];

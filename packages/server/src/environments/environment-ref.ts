/** Which environment a program runs in. Kept in resources, so it names no path and no version: the lock of the running Rung decides those. */
export interface EnvironmentRef {
  readonly name: EnvironmentName;
  /** `gpu` only where the machine has one and the program was given it. */
  readonly accelerator: 'cpu' | 'gpu';
}

export const environmentNames = [
  'scikit-learn',
  'xgboost',
  'pytorch',
  'tensorflow',
  'jax',
  'huggingface-pytorch',
  'node',
] as const;

export type EnvironmentName = (typeof environmentNames)[number];

/** Every environment, as data: what it is for, and the lock that says what is in it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentName, EnvironmentRef } from './environment-ref.ts';

export interface EnvironmentDeclaration {
  /** One line for lists. */
  readonly brief: string;
  /** The package that gives the environment its version; `node` has none. */
  readonly framework?: { readonly package: string; readonly gpuPackage?: string };
  /** Whether there is another lock for machines with a GPU. Where not, one lock serves both. */
  readonly gpuLock: boolean;
  /** The first minor version of Python 3 that the lock does not support. */
  readonly belowPython: number;
}

/** The oldest minor version of Python 3 that the locks support. */
export const oldestPython = 10;

export const declarations: Readonly<Record<EnvironmentName, EnvironmentDeclaration>> = {
  'scikit-learn': {
    brief: 'scikit-learn, pandas, SciPy, joblib, skops',
    framework: { package: 'scikit-learn' },
    gpuLock: false,
    belowPython: 15,
  },
  xgboost: {
    brief: 'XGBoost, scikit-learn, pandas',
    framework: { package: 'xgboost-cpu', gpuPackage: 'xgboost' },
    gpuLock: true,
    belowPython: 15,
  },
  pytorch: {
    brief: 'PyTorch, torchvision, scikit-learn, pandas (several GB)',
    framework: { package: 'torch' },
    gpuLock: false,
    belowPython: 15,
  },
  tensorflow: {
    brief: 'TensorFlow, Keras, scikit-learn, pandas (about 2 GB)',
    framework: { package: 'tensorflow' },
    gpuLock: true,
    belowPython: 14,
  },
  jax: {
    brief: 'JAX, Flax, Optax, Orbax',
    framework: { package: 'jax' },
    gpuLock: true,
    belowPython: 15,
  },
  'huggingface-pytorch': {
    brief: 'PyTorch with Transformers, Datasets, Accelerate (several GB)',
    framework: { package: 'torch' },
    gpuLock: false,
    belowPython: 15,
  },
  node: { brief: 'Node with TypeScript: nothing to install', gpuLock: false, belowPython: 15 },
};

/** `tensorflow-gpu`: the name of the lock, and the beginning of the folder's. `undefined` for what needs no folder. */
export function lockName({ name, accelerator }: EnvironmentRef): string | undefined {
  if (name === 'node') return undefined;
  return declarations[name].gpuLock && accelerator === 'gpu' ? `${name}-gpu` : name;
}

export interface Lock {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** Names this content of the lock: an environment is never changed, a new lock makes a new one. */
  readonly hash: string;
  /** Packages of the lock, on any system. */
  readonly packages: number;
}

export function readLock(name: string): Lock {
  const file = join(import.meta.dirname, 'locks', `${name}.txt`);
  const text = readFileSync(file, 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const packages = new Set([...text.matchAll(/^([A-Za-z0-9._-]+)==/gm)].map(([, name = '']) => name)).size;
  return { name, file, text, hash, packages };
}

/** The compiled kernel modules: one line per `assembly/<name>.ts`, built to `wasm/<name>.wasm` by `tools/build-kernels.ts`. */
import { readFileSync } from 'node:fs';

export const kernelModules = [
  'ipinsights',
  'boosting',
  'csv',
  'cutforest',
  'factorization',
  'gradients',
  'kmeans',
  'lda',
  'libsvm',
  'measures',
  'knn',
  'projection',
  'linear',
  'quantiles',
  'queries',
  'records',
  'sparse',
  'symmetric',
  'pages',
  'pca',
  'trees',
  'fasttext',
  'vocabulary',
  'word2vec',
] as const;

export type KernelModule = (typeof kernelModules)[number];

/** A kernel takes pointers and numbers; what it returns, if anything, is a number. */
export type Kernel = (...args: number[]) => number | undefined;

/** A module loaded into one thread: its kernels by name, and in the order that all threads agree on. */
export interface LoadedModule {
  readonly kernels: Readonly<Record<string, Kernel>>;
  readonly names: readonly string[];
}

/** Thrown when the module was built for another memory: rebuild it with `node tools/build-kernels.ts`. */
export function loadKernelModule(name: KernelModule, memory: WebAssembly.Memory): LoadedModule {
  const bytes = readFileSync(new URL(`./wasm/${name}.wasm`, import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const names = Object.keys(instance.exports)
    .filter((key) => typeof instance.exports[key] === 'function')
    .toSorted();
  // Safe: only functions are left, and kernels are declared to take and return numbers only (the build refuses i64).
  const kernels = Object.fromEntries(names.map((key) => [key, instance.exports[key] as Kernel]));
  return { kernels, names };
}

/** Every built-in algorithm: one line each. */
import type { Algorithm } from './algorithm.ts';
import { nearest } from './hyperparameters/nearest-name.ts';

const loaders = {
  ipinsights: async () => (await import('./ipinsights/index.ts')).ipInsights,
  blazingtext: async () => (await import('./blazingtext/index.ts')).blazingtext,
  'factorization-machines': async () => (await import('./factorization-machines/index.ts')).factorizationMachines,
  kmeans: async () => (await import('./kmeans/index.ts')).kmeans,
  knn: async () => (await import('./knn/index.ts')).knn,
  'linear-learner': async () => (await import('./linear-learner/index.ts')).linearLearner,
  randomcutforest: async () => (await import('./randomcutforest/index.ts')).randomCutForest,
  pca: async () => (await import('./pca/index.ts')).pca,
  xgboost: async () => (await import('./xgboost/index.ts')).xgboost,
  lda: async () => (await import('./lda/index.ts')).lda,
} as const satisfies Record<string, () => Promise<Algorithm>>;

export type AlgorithmName = keyof typeof loaders;

/** E.g. `kmeans`: also the last path segment of the algorithm's image. */
export const algorithmNames: readonly AlgorithmName[] = Object.keys(loaders).filter(isAlgorithmName);

export function isAlgorithmName(name: string): name is AlgorithmName {
  return Object.hasOwn(loaders, name);
}

/** Loads the declaration of an algorithm, without its training and its kernels. Thrown when there is none of that name: Error that names the nearest. */
export async function loadAlgorithm(name: string): Promise<Algorithm> {
  if (isAlgorithmName(name)) return loaders[name]();
  const close = nearest(name, algorithmNames);
  throw new Error(
    `there is no built-in algorithm '${name}'${close === undefined ? '' : `; did you mean '${close}'?`} Known: ${algorithmNames.join(', ')}`,
  );
}

/** Every example: one line each. */
import { UsageError } from '../usage-error.ts';
import type { Example } from './example.ts';

const loaders = {
  'linear-learner': async () => (await import('./examples/linear-learner.ts')).linearLearnerExample,
  kmeans: async () => (await import('./examples/kmeans.ts')).kmeansExample,
  knn: async () => (await import('./examples/knn.ts')).knnExample,
  randomcutforest: async () => (await import('./examples/randomcutforest.ts')).randomCutForestExample,
  ipinsights: async () => (await import('./examples/ipinsights.ts')).ipInsightsExample,
  xgboost: async () => (await import('./examples/xgboost.ts')).xgboostExample,
  'factorization-machines': async () =>
    (await import('./examples/factorization-machines.ts')).factorizationMachinesExample,
  pca: async () => (await import('./examples/pca.ts')).pcaExample,
  lda: async () => (await import('./examples/lda.ts')).ldaExample,
  blazingtext: async () => (await import('./examples/blazingtext.ts')).blazingTextExample,
} as const satisfies Record<string, () => Promise<Example>>;

export type ExampleName = keyof typeof loaders;

export const exampleNames = Object.keys(loaders) as ExampleName[]; // Safe: its own keys.

/** Thrown when there is none of that name: UsageError that lists them. */
export function parseExampleName(name: string): ExampleName {
  const known = exampleNames.find((candidate) => candidate === name);
  if (known === undefined)
    throw new UsageError(`There is no quickstart '${name}'. There are: ${exampleNames.join(', ')}`);
  return known;
}

export function loadExample(name: ExampleName): Promise<Example> {
  return loaders[name]();
}

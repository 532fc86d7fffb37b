/** Metrics of the order of answers: areas under curves, and rankings of queries. */
import { overQueries, weightOfQueries, type QueryTask } from '../objectives/queries.ts';
import { coxLikelihood } from './cox-likelihood.ts';
import { auc, aucpr } from './curves.ts';
import { quotient, type Metric } from './metric.ts';

export const orderMetrics: Readonly<Record<string, (name: string, parameter: number | undefined) => Metric>> = {
  auc,
  aucpr,
  ndcg: (name, most) => perQuery(name, 'query_ndcg', most),
  map: (name, most) => perQuery(name, 'query_map', most),
  pre: (name, most) => perQuery(name, 'query_precision', most),
  'cox-nloglik': coxLikelihood,
};

/** A mean over queries, weighted, of the rows that are ranked highest: as many as XGBoost takes, where nothing is said. */
function perQuery(name: string, kernel: QueryTask['kernel'], most = 32): Metric {
  return {
    name,
    maximize: true,
    sums: ({ kernels, data, answers: { pointer: scores } }) =>
      Float64Array.of(overQueries({ kernels, data, scores, kernel, parameters: [most] }), weightOfQueries(data)),
    value: quotient(),
  };
}

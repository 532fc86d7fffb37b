/** LambdaMART, as XGBoost has it: pairs of rows of one query, of which one is among the 32 that the model ranks highest. Burges 2010. */
import type { GradientTask } from './objective.ts';
import { overQueries, weightOfQueries } from './queries.ts';

/** What a pair counts for: nothing, or how much a metric changes when its rows change places. In the kernel's order. */
const losses = ['pairwise', 'ndcg', 'map'] as const;

export function rankingGradients(loss: (typeof losses)[number]): (task: GradientTask) => Promise<void> {
  return async ({ kernels, collective, data, margins, gradients }) => {
    const queries = data.groupStarts === undefined ? 1 : data.groupStarts.length - 1;
    const sums = Float64Array.of(queries, weightOfQueries(data));
    await collective.sum(sums);
    const factor = (sums[0] ?? 0) / (sums[1] ?? 1);
    const parameters = [losses.indexOf(loss), factor, gradients.pointer];
    overQueries({ kernels, data, scores: margins.pointer, kernel: 'lambda_gradients', parameters });
  };
}

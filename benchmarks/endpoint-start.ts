/**
 * How long an endpoint takes from CreateEndpoint to InService, as a client sees it through the wire.
 *
 * Claim: at most 2 s for a built-in model (median of the tries).
 *
 * `node benchmarks/endpoint-start.ts [tries] [linear-learner|kmeans]`
 */
import { setTimeout as delay } from 'node:timers/promises';
import { median, quantile, report } from './report.ts';
import { startPlatform, trainedModel } from './serving/platform.ts';

const CLAIM_MS = 2000;
const tries = Number(process.argv[2] ?? 15);
const algorithm = process.argv[3] === 'kmeans' ? 'kmeans' : 'linear-learner';

const platform = await startPlatform();
try {
  const { sagemaker } = platform.session;
  const model = await trainedModel(platform.session, algorithm);
  const predictor = await model.deploy({ endpointName: 'warm' });
  const config = { EndpointConfigName: 'warm' };
  const took: number[] = [];
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const name = { EndpointName: `try-${attempt}` };
    const from = performance.now();
    await sagemaker.call('CreateEndpoint', { ...name, ...config });
    for (;;) {
      const { EndpointStatus, FailureReason } = await sagemaker.call('DescribeEndpoint', name);
      if (EndpointStatus === 'InService') break;
      if (EndpointStatus === 'Failed') throw new Error(FailureReason);
      await delay(5);
    }
    took.push(performance.now() - from);
    await sagemaker.call('DeleteEndpoint', name);
  }
  await predictor.delete();
  report('endpoint-start', [
    {
      measure: `CreateEndpoint to InService, ${algorithm}, median of ${tries}`,
      ours: `${median(took).toFixed(0)} ms (p95 ${quantile(took, 0.95).toFixed(0)}, best ${Math.min(...took).toFixed(0)})`,
      target: `≤ ${CLAIM_MS} ms`,
      holds: median(took) <= CLAIM_MS,
    },
  ]);
} finally {
  await platform.close();
}

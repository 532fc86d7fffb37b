/** Trains, deploys and predicts from a program of yours. */
import { readFileSync } from 'node:fs';
import { metricRegex } from '@rung/worker/script';
import { NodeScript } from '@rung/sdk';

const estimator = new NodeScript({
  entryPoint: 'train.ts',
  hyperparameters: { epochs: 20 },
  metricDefinitions: [{ name: 'accuracy', regex: metricRegex('accuracy') }],
});
const job = await estimator.fit({ train: './patients.csv' });
const { FinalMetricDataList: metrics } = await job.describe();
console.log('accuracy:', metrics?.[0]?.Value);

const predictor = await estimator.deploy();
const [diagnosis, ...features] = (readFileSync('patients.csv', 'utf8').split('\n')[0] ?? '').split(',').map(Number);
console.log('diagnosed:', diagnosis, 'predicted:', await predictor.predict([features]));
await predictor.delete();

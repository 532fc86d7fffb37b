/** The main job, from nothing to predictions, through the same wire and the same SDK that users have. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LinearLearner, Session } from '@rung/sdk';
import { parseConfig, startServer } from '@rung/server';
import { createProgress } from '../output/progress.ts';
import { type DataSet, loadDataSet } from './data-set.ts';

export interface QuickstartResult {
  readonly trained: number;
  readonly heldOut: number;
  /** Share of the held-out rows that were predicted right. */
  readonly accuracy: number;
  /** `matrix[actual][predicted]`, 0 benign and 1 malignant. */
  readonly matrix: readonly [readonly [number, number], readonly [number, number]];
  readonly seconds: {
    readonly start: number;
    readonly train: number;
    readonly deploy: number;
    readonly predict: number;
  };
}

const jobName = 'quickstart';

export async function runQuickstart(): Promise<QuickstartResult> {
  const progress = createProgress();
  const stateDir = await mkdtemp(join(tmpdir(), 'rung-'));
  const stopwatch = createStopwatch();
  try {
    progress.update('Starting a platform of its own');
    const server = await startServer(
      parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'The quickstart'),
    );
    const start = stopwatch();
    progress.done(`Platform is up at ${server.description.endpoint}  (${start.toFixed(1)} s)`);
    try {
      const data = await loadDataSet();
      const estimator = new LinearLearner({ predictorType: 'binary_classifier', session: new Session({ stateDir }) });
      await estimator.fit(
        { train: data.train, validation: data.validation },
        {
          jobName,
          onEvent: (event) => {
            if (event.type === 'upload')
              progress.update(`Uploading the ${event.channel} channel`, event.sent / event.total);
            if (event.type === 'status') progress.update(event.message);
            if (event.type === 'progress') progress.update('Training linear-learner', event.fraction);
          },
        },
      );
      const train = stopwatch();
      progress.done(`Trained linear-learner on ${data.train.rows.length} patients  (${train.toFixed(1)} s)`);

      const predictor = await estimator.deploy({
        onStatus: (status) => progress.update(`Deploying: endpoint is ${status}`),
      });
      const deploy = stopwatch();
      progress.done(`Deployed: endpoint ${predictor.endpointName} is in service  (${deploy.toFixed(1)} s)`);

      const predictions = await predictor.predict<{ score: number; predicted_label: number }[]>(data.heldOut.rows);
      const predict = stopwatch();
      progress.done(`Predicted ${predictions.length} patients that it never saw  (${predict.toFixed(2)} s)`);
      await predictor.delete();
      return {
        ...judge(
          data,
          predictions.map((prediction) => prediction.predicted_label),
        ),
        seconds: { start, train, deploy, predict },
      };
    } finally {
      await server.close();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

function judge(
  { train, validation, heldOut }: DataSet,
  predicted: readonly number[],
): Omit<QuickstartResult, 'seconds'> {
  const count = (actual: number, label: number): number =>
    predicted.filter((value, index) => value === label && heldOut.labels[index] === actual).length;
  const matrix = [
    [count(0, 0), count(0, 1)],
    [count(1, 0), count(1, 1)],
  ] as const;
  return {
    trained: train.rows.length + validation.rows.length,
    heldOut: heldOut.rows.length,
    accuracy: (matrix[0][0] + matrix[1][1]) / heldOut.rows.length,
    matrix,
  };
}

/** Seconds since it was asked last. */
function createStopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}

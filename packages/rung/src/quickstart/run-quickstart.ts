/** An example on a platform of its own, from nothing to predictions, through the same wire and the same SDK that users have. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from '@rung/sdk';
import { parseConfig, startServer } from '@rung/server';
import { createProgress, type Progress } from '../output/progress.ts';
import type { Example, Outcome, Stage } from './example.ts';
import type { ExampleName } from './examples.ts';

export interface QuickstartResult extends Outcome {
  readonly seconds: Readonly<Seconds>;
}

interface Seconds {
  start: number;
  train: number;
  deploy: number;
  predict: number;
}

export async function runQuickstart(algorithm: ExampleName, example: Example): Promise<QuickstartResult> {
  const progress = createProgress();
  const stateDir = await mkdtemp(join(tmpdir(), 'rung-'));
  const stopwatch = createStopwatch();
  const seconds: Seconds = { start: 0, train: 0, deploy: 0, predict: 0 };
  try {
    progress.update('Starting a platform of its own');
    const server = await startServer(
      parseConfig({ stateDir, port: 0, tlsPort: false, logLevel: 'error' }, 'The quickstart'),
    );
    seconds.start = stopwatch();
    progress.done(`Platform is up at ${server.description.endpoint}  (${seconds.start.toFixed(1)} s)`);
    progress.done(example.title);
    try {
      const outcome = await example.run(createStage(algorithm, stateDir, progress, stopwatch, seconds));
      return { ...outcome, seconds };
    } finally {
      await server.close();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

function createStage(
  algorithm: ExampleName,
  stateDir: string,
  progress: Progress,
  stopwatch: () => number,
  seconds: Seconds,
): Stage {
  return {
    session: new Session({ stateDir }),
    async fit(estimator, inputs, done) {
      await estimator.fit(inputs, {
        jobName: `quickstart-${algorithm}`,
        onEvent: (event) => {
          if (event.type === 'upload')
            progress.update(`Uploading the ${event.channel} channel`, event.sent / event.total);
          if (event.type === 'status') progress.update(event.message);
          if (event.type === 'progress') progress.update(`Training ${algorithm}`, event.fraction);
        },
      });
      seconds.train = stopwatch();
      progress.done(`${done}  (${seconds.train.toFixed(1)} s)`);
    },
    async deploy(estimator) {
      const predictor = await estimator.deploy({
        onStatus: (status) => progress.update(`Deploying: endpoint is ${status}`),
      });
      seconds.deploy = stopwatch();
      progress.done(`Deployed: endpoint ${predictor.endpointName} is in service  (${seconds.deploy.toFixed(1)} s)`);
      return predictor;
    },
    async predict(predictor, work, done) {
      const result = await work();
      seconds.predict = stopwatch();
      progress.done(`${done(result)}  (${seconds.predict.toFixed(2)} s)`);
      await predictor.delete();
      return result;
    },
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

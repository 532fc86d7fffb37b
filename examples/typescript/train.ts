/** Logistic regression by hand. The helper gives what a training script needs; behind it is the same contract that Python scripts keep to. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { channel, checkpointDir, hyperparameters, metric, modelDir } from '@rung/worker/script';

interface Model {
  readonly epoch: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** The last one is the bias. */
  readonly weights: readonly number[];
}

async function train(): Promise<void> {
  const { epochs, rate, pause } = hyperparameters({ epochs: 10, rate: 0.1, pause: 0 });
  const text = readFileSync(join(channel('train'), 'patients.csv'), 'utf8').trim();
  const patients = text.split('\n').map((line) => line.split(',').map(Number));
  // What lies in this folder survives when the instance does not.
  const checkpoint = join(checkpointDir(), 'state.json');
  let model: Model = existsSync(checkpoint) ? JSON.parse(readFileSync(checkpoint, 'utf8')) : untrained(patients);
  while (model.epoch < epochs) {
    const weights = [...model.weights];
    for (const [diagnosis = 0, ...features] of patients) {
      const error = diagnosis - probability({ ...model, weights }, features);
      for (const [i, x] of [...scaled(model, features), 1].entries()) weights[i] = (weights[i] ?? 0) + rate * error * x;
    }
    model = { ...model, epoch: model.epoch + 1, weights };
    const right = patients.filter(([diagnosis, ...features]) => diagnosis === Math.round(probability(model, features)));
    console.log(`epoch ${model.epoch}`);
    metric('accuracy', right.length / patients.length);
    mkdirSync(checkpointDir(), { recursive: true });
    writeFileSync(`${checkpoint}.new`, JSON.stringify(model));
    renameSync(`${checkpoint}.new`, checkpoint);
    await delay(1000 * pause);
  }
  writeFileSync(join(modelDir(), 'model.json'), JSON.stringify(model));
}

function untrained(patients: readonly (readonly number[])[]): Model {
  const columns = (patients[0] ?? []).slice(1).map((_, i) => patients.map((patient) => patient[i + 1] ?? 0));
  const mean = columns.map((column) => column.reduce((sum, x) => sum + x, 0) / column.length);
  const deviation = columns.map(
    (column, i) => Math.hypot(...column.map((x) => x - (mean[i] ?? 0))) / column.length ** 0.5,
  );
  return { epoch: 0, mean, deviation, weights: [...columns, []].map(() => 0) };
}

function scaled({ mean, deviation }: Model, features: readonly number[]): number[] {
  return features.map((x, i) => (x - (mean[i] ?? 0)) / (deviation[i] ?? 1));
}

function probability(model: Model, features: readonly number[]): number {
  const sum = [...scaled(model, features), 1].reduce((total, x, i) => total + x * (model.weights[i] ?? 0), 0);
  return 1 / (1 + Math.exp(-sum));
}

/** What the endpoint loads, once. */
export function modelFn(folder: string): Model {
  return JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
}

/** What the endpoint answers to rows of features: the probability of each. */
export function predictFn(rows: number[][], model: Model): number[] {
  return rows.map((features) => probability(model, features));
}

if (import.meta.main) await train();

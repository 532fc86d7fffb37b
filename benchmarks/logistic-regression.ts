/**
 * Logistic regression of 1,000,000 × 64 rows to equal log loss: on normalised rows in memory, and as a whole job from a CSV file to a saved model,
 * the start of the program included.
 *
 * Claim: not slower than scikit-learn's faster solver, each with the fewest rounds that reach the loss.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import { readArtifact } from '../packages/algorithms/src/linear-learner/artifact.ts';
import type { LinearSettings } from '../packages/algorithms/src/linear-learner/settings.ts';
import { SingleModel } from '../packages/algorithms/src/linear-learner/single-model.ts';
import { Random } from '../packages/algorithms/src/random.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report } from './report.ts';
import { runTrainingProgram } from './training-program.ts';

const rows = 1_000_000;
const columns = 64;
const epochs = 3;
const batch = 1000;
const firstRate = 0.01;
const solvers = { lbfgs: 8, sgd: 1 } as const;
const runs = { train: 5, job: 3 };
/** Losses that differ by less than this part of themselves are equal. */
const tolerance = 1e-4;

const kernels = openKernels();
const data = kernels.heap.float32(rows * columns);
const labels = kernels.heap.float32(rows);
const folder = mkdtempSync(join(tmpdir(), 'bench-logistic-'));
fill();
writeFiles();
const peer = new PythonPeer('logistic_regression.py', [folder, String(rows), String(columns)]);
const versions = await peer.versions();
const optimum = Number((await peer.run('train lbfgs 50'))['loss']);

const train = { ours: [] as number[], lbfgs: [] as number[], sgd: [] as number[] };
const losses = { ours: 0, lbfgs: 0, sgd: 0, job: 0, peerJob: 0 };
for (let run = 0; run <= runs.train; run++) {
  const started = performance.now();
  const model = learn();
  const seconds = (performance.now() - started) / 1000;
  losses.ours = (model.losses({ rows, values: data.pointer, labels: labels.pointer })[0] ?? 0) / rows;
  model.release();
  // The first run of each warms up.
  if (run > 0) train.ours.push(seconds);
  for (const solver of ['lbfgs', 'sgd'] as const) {
    const answer = await peer.run(`train ${solver} ${solvers[solver]}`);
    losses[solver] = Number(answer['loss']);
    if (run > 0) train[solver].push(Number(answer['seconds']));
  }
}
const faster = median(train.lbfgs) <= median(train.sgd) ? 'lbfgs' : 'sgd';

const job = { ours: [] as number[], peer: [] as number[] };
for (let run = 0; run < runs.job; run++) {
  job.ours.push((await runTrainingProgram('linear-learner', folder)).seconds);
  const answer = await peer.run(`job ${faster} ${solvers[faster]}`);
  job.peer.push(Number(answer['seconds']));
  losses.peerJob = Number(answer['loss']);
}
losses.job = lossOfArtifact();
await peer.close();
await kernels.close();
rmSync(folder, { recursive: true });

report(
  'logistic regression',
  [
    finding(`${rows.toLocaleString('en')} × ${columns} rows in memory`, train.ours, train[faster], losses.ours),
    finding('whole job from a CSV file', job.ours, job.peer, losses.job),
    ...lossFindings(),
  ],
  versions,
);

function finding(
  measure: string,
  ours: number[],
  theirs: number[],
  loss: number,
): Parameters<typeof report>[1][number] {
  const ratio = median(ours) / median(theirs);
  return {
    measure,
    ours: `${median(ours).toFixed(2)} s`,
    peer: `${median(theirs).toFixed(2)} s (scikit-learn ${faster})`,
    ratio,
    target: 'ratio ≤ 1.0 at equal log loss',
    holds: ratio <= 1 && isEqual(loss),
  };
}

function lossFindings(): Parameters<typeof report>[1] {
  return (['ours', 'job'] as const).map((name) => ({
    measure: name === 'ours' ? 'log loss, rows in memory' : 'log loss, whole job',
    ours: losses[name].toFixed(6),
    peer: `${losses[faster].toFixed(6)} (scikit-learn ${faster}); the optimum is ${optimum.toFixed(6)}`,
    ratio: losses[name] / losses[faster],
    target: `equal to the optimum within ${tolerance}`,
    holds: isEqual(losses[name]) && isEqual(losses[faster]),
  }));
}

function isEqual(loss: number): boolean {
  return loss <= optimum * (1 + tolerance);
}

/** What `linear-learner` does between reading and saving, with num_models=1. */
function learn(): SingleModel {
  const settings: LinearSettings = {
    predictor: 'binary_classifier',
    loss: 'logistic',
    lossNumber: 0,
    lossParameter: 0,
    outputs: 1,
    models: [{ rate: firstRate, l2: 0, l1: 0, positiveWeight: 1 }],
    optimizer: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    useBias: true,
    biasRate: 1,
    biasDecay: 0,
    classWeights: new Float32Array(1),
    batchRows: batch,
  };
  const start = { method: 'uniform', scale: 0.07, bias: 0 } as const;
  const model = new SingleModel(kernels, { columns, stride: columns }, settings, start, new Random(1));
  for (let epoch = 0; epoch < epochs; epoch++) {
    model.setRates([firstRate * 0.02 ** (epoch / (epochs - 1))]);
    for (let row = 0; row < rows; row += batch)
      model.learn({ rows: batch, values: data.pointer + row * columns * 4, labels: labels.pointer + row * 4 });
  }
  return model;
}

function lossOfArtifact(): number {
  const files = ['model_algo-1', 'model_algo-1.json'].map(
    (name) => [name, readFileSync(join(folder, 'model', name))] as const,
  );
  const { weights, biases } = readArtifact(new Map(files));
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let score = biases[0] ?? 0;
    for (let column = 0; column < columns; column++)
      score += (data.values[row * columns + column] ?? 0) * (weights[column] ?? 0);
    const margin = labels.values[row] === 1 ? score : -score;
    sum += Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0);
  }
  return sum / rows;
}

/** Correlated features of mean 0 and deviation 1 with two decimals, and labels drawn from a logistic model. */
function fill(): void {
  const random = new Random(1);
  const truth = Array.from({ length: columns }, () => random.normal() / 5);
  for (let row = 0; row < rows; row++) {
    const shared = [random.normal(), random.normal()];
    let score = -0.5;
    for (let column = 0; column < columns; column++) {
      const own = 1.7 * (random.uniform() + random.uniform() + random.uniform() - 1.5);
      const value = Math.round((own + 0.5 * (shared[column % 2] ?? 0)) * 100) / 100;
      data.values[row * columns + column] = value;
      score += value * (truth[column] ?? 0);
    }
    labels.values[row] = random.uniform() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  }
}

/** The rows for the peer's memory, and as the train channel of a job. */
function writeFiles(): void {
  writeFileSync(join(folder, 'rows.f32'), new Uint8Array(data.values.buffer, data.pointer, data.values.byteLength));
  writeFileSync(
    join(folder, 'labels.f32'),
    new Uint8Array(labels.values.buffer, labels.pointer, labels.values.byteLength),
  );
  const hyperparameters = {
    predictor_type: 'binary_classifier',
    num_models: '1',
    epochs: String(epochs),
    learning_rate: String(firstRate),
    wd: '0',
    binary_classifier_model_selection_criteria: 'loss_function',
  };
  mkdirSync(join(folder, 'input/config'), { recursive: true });
  mkdirSync(join(folder, 'input/data/train'), { recursive: true });
  writeFileSync(join(folder, 'input/config/hyperparameters.json'), JSON.stringify(hyperparameters));
  writeFileSync(
    join(folder, 'input/config/inputdataconfig.json'),
    JSON.stringify({ train: { ContentType: 'text/csv' } }),
  );
  const texts = Array.from({ length: 4001 }, (_, index) => `,${(index - 2000) / 100}`);
  const file = openSync(join(folder, 'input/data/train/data.csv'), 'w');
  for (let first = 0; first < rows; first += 1000) {
    let text = '';
    for (let row = first; row < first + 1000; row++) {
      text += labels.values[row];
      for (let column = 0; column < columns; column++)
        text += texts[Math.round((data.values[row * columns + column] ?? 0) * 100) + 2000] ?? '';
      text += '\n';
    }
    writeSync(file, text);
  }
  closeSync(file);
}

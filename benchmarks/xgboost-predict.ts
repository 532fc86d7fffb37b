/**
 * Predictions of a model that Python's xgboost trained and wrote: 500 trees of depth 6 on 28 features, one row a call and 100,000 rows at once.
 *
 * Claim: one row in a third of the time of Booster.inplace_predict at most, many rows not slower, the same answers.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import { answersOf } from '../packages/algorithms/src/xgboost/link.ts';
import { readModel } from '../packages/algorithms/src/xgboost/model-file.ts';
import { xgboostModel } from '../packages/algorithms/src/xgboost/model.ts';
import { openScorer } from '../packages/algorithms/src/xgboost/scorer.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report } from './report.ts';

const rowCount = 100_000;
const columns = 28;
const trees = 500;
const depth = 6;
const threads = 2;
const single = 1000;
const runs = 5;

const folder = mkdtempSync(join(tmpdir(), 'bench-xgboost-'));
const settings = [rowCount, columns, trees, depth, threads, single].map(String);
const peer = new PythonPeer('xgboost_predict.py', [folder, ...settings], 'peers');
const versions = await peer.versions();
const x = numbers('rows.f32');
const expected = numbers('answers.f32');
const rows = Array.from({ length: rowCount }, (_, row) => ({
  values: x.subarray(row * columns, (row + 1) * columns),
}));
const booster = readModel(readFileSync(join(folder, 'xgboost-model.ubj')), 'xgboost-model.ubj');
rmSync(folder, { recursive: true });
const kernels = openKernels({ threads });
const score = openScorer(booster, undefined, kernels);
const model = xgboostModel([booster]);

const seconds = { one: [] as number[], peerOne: [] as number[], batch: [] as number[], peerBatch: [] as number[] };
let answers = new Float32Array(0);
for (let run = 0; run <= runs; run++) {
  const one = medianOfCalls();
  const peerOne = Number((await peer.run('one'))['seconds']);
  const started = performance.now();
  answers = Float32Array.from(answersOf(booster, score(rows)));
  const batch = (performance.now() - started) / 1000;
  const peerBatch = Number((await peer.run('batch'))['seconds']);
  // The first run of each warms up.
  if (run === 0) continue;
  seconds.one.push(one);
  seconds.peerOne.push(peerOne);
  seconds.batch.push(batch);
  seconds.peerBatch.push(peerBatch);
}
await peer.close();
await kernels.close();

const difference = expected.reduce((most, value, row) => Math.max(most, Math.abs(value - (answers[row] ?? 0))), 0);
const oneRatio = median(seconds.one) / median(seconds.peerOne);
const batchRatio = median(seconds.batch) / median(seconds.peerBatch);
report(
  'xgboost predictions',
  [
    {
      measure: `one row a call, ${trees} trees of depth ${depth}`,
      ours: `${(median(seconds.one) * 1e6).toFixed(1)} µs`,
      peer: `${(median(seconds.peerOne) * 1e6).toFixed(1)} µs (xgboost inplace_predict)`,
      ratio: oneRatio,
      target: 'ratio ≤ 0.33',
      holds: oneRatio <= 1 / 3,
    },
    {
      measure: `${rowCount.toLocaleString('en')} rows at once, ${threads} threads`,
      ours: `${median(seconds.batch).toFixed(2)} s`,
      peer: `${median(seconds.peerBatch).toFixed(2)} s (xgboost inplace_predict)`,
      ratio: batchRatio,
      target: 'ratio ≤ 1.0',
      holds: batchRatio <= 1,
    },
    {
      measure: 'greatest difference of a probability',
      ours: difference.toExponential(1),
      target: '≤ 1e-6',
      holds: difference <= 1e-6,
    },
  ],
  versions,
);

function numbers(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer);
}

function medianOfCalls(): number {
  const times: number[] = [];
  for (const { values } of rows.slice(0, single)) {
    const started = performance.now();
    model.predict([values]);
    times.push((performance.now() - started) / 1000);
  }
  return median(times);
}

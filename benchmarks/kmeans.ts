/**
 * Lloyd's algorithm on 500,000 × 32 rows with k = 64, from the same first centers as scikit-learn, for the same number of iterations.
 *
 * Claim: not slower than scikit-learn's faster algorithm, at equal inertia.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKernels } from '../packages/algorithms/src/kernels/kernels.ts';
import { Centers } from '../packages/algorithms/src/kmeans/centers.ts';
import { chooseCenters } from '../packages/algorithms/src/kmeans/choose-centers.ts';
import { lloyd } from '../packages/algorithms/src/kmeans/lloyd.ts';
import { Random } from '../packages/algorithms/src/random.ts';
import { PythonPeer } from './peers/python-peer.ts';
import { median, report } from './report.ts';

const rowCount = 500_000;
const columns = 32;
const k = 64;
const iterations = 30;
const runs = 5;

const kernels = openKernels();
const random = new Random(1);
const data = kernels.heap.float32(rowCount * columns);
fillWithBlobs(data.values);
const rows = { rows: rowCount, values: data.pointer, weights: 0 };
const centers = new Centers(kernels, k, columns);
chooseCenters('kmeans++', kernels, rows, centers, random);
const first = centers.values.values.slice();

const folder = mkdtempSync(join(tmpdir(), 'bench-kmeans-'));
writeFileSync(join(folder, 'rows.f32'), new Uint8Array(data.values.slice().buffer));
writeFileSync(join(folder, 'centers.f32'), new Uint8Array(first.buffer));
const peer = new PythonPeer('kmeans.py', [folder, ...[rowCount, columns, k, iterations].map(String)]);
const versions = await peer.versions();
const seconds = { ours: [] as number[], lloyd: [] as number[], elkan: [] as number[] };
const inertia = { ours: 0, lloyd: 0, elkan: 0 };
for (let run = 0; run <= runs; run++) {
  const started = performance.now();
  centers.values.values.set(first);
  inertia.ours = lloyd(kernels, rows, centers, { maxIterations: iterations, tolerance: 0 }).loss;
  const ours = (performance.now() - started) / 1000;
  // The first run of each warms up.
  if (run > 0) seconds.ours.push(ours);
  for (const algorithm of ['lloyd', 'elkan'] as const) {
    const answer = await peer.run(algorithm);
    inertia[algorithm] = Number(answer['inertia']);
    if (run > 0) seconds[algorithm].push(Number(answer['seconds']));
  }
}
await peer.close();
await kernels.close();
rmSync(folder, { recursive: true });

const faster = median(seconds.lloyd) <= median(seconds.elkan) ? 'lloyd' : 'elkan';
const ratio = median(seconds.ours) / median(seconds[faster]);
const difference = Math.abs(inertia.ours / inertia[faster] - 1);
report(
  'k-means',
  [
    {
      measure: `${iterations} Lloyd iterations, 500,000 × ${columns} rows, k = ${k}`,
      ours: `${median(seconds.ours).toFixed(2)} s`,
      peer: `${median(seconds[faster]).toFixed(2)} s (scikit-learn ${faster})`,
      ratio,
      target: 'ratio ≤ 1.0',
      holds: ratio <= 1,
    },
    {
      measure: 'inertia of the result',
      ours: inertia.ours.toExponential(6),
      peer: `${inertia[faster].toExponential(6)} (scikit-learn)`,
      ratio: inertia.ours / inertia[faster],
      target: 'equal within 1e-4',
      holds: difference <= 1e-4,
    },
  ],
  versions,
);

/** Overlapping blobs: more of them than clusters, so that Lloyd has something to do for many iterations. */
function fillWithBlobs(values: Float32Array): void {
  const blobs = Array.from({ length: 100 }, () => Array.from({ length: columns }, () => random.normal() * 1.5));
  for (let row = 0; row < rowCount; row++) {
    const blob = blobs[random.below(blobs.length)] ?? [];
    for (let column = 0; column < columns; column++)
      values[row * columns + column] = (blob[column] ?? 0) + random.normal();
  }
}

/** Against faiss: it reads what we write and finds what we find, and we read what it writes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { buildIndex, type BuildOptions } from './build-index.ts';
import { decodeFaiss, encodeFaiss } from './faiss-file.ts';
import type { Neighbors } from './metric.ts';
import { openIndex } from './open-index.ts';
import { normalise } from './normalise.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;

const columns = 12;
const k = 7;
const count = 3000;
const queryCount = 150;
const random = new Random(5);
const centers = Array.from({ length: 40 }, () => Array.from({ length: columns }, () => 2 * random.normal() + 3));

const program = `
import sys
import faiss
import numpy
folder, columns, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
faiss.omp_set_num_threads(1)
base = numpy.fromfile(f'{folder}/base', dtype=numpy.float32).reshape(-1, columns)
queries = numpy.fromfile(f'{folder}/queries', dtype=numpy.float32).reshape(-1, columns)
for name, description, metric in [('flat', 'Flat', 1), ('flat-ip', 'Flat', 0), ('ivf', 'IVF54,Flat', 1), ('ivf-ip', 'IVF54,Flat', 0), ('pq', 'IVF54,PQ4', 1)]:
    theirs = faiss.index_factory(columns, description, metric)
    if 'PQ' in description:
        # Only numbers the codes in another order, which takes five seconds.
        theirs.do_polysemous_training = False
    theirs.train(base)
    theirs.add(base)
    if 'IVF' in description:
        theirs.nprobe = 8
    faiss.write_index(theirs, f'{folder}/{name}.theirs')
    for side in 'ours', 'theirs':
        index = faiss.read_index(f'{folder}/{name}.{side}')
        distances, rows = index.search(queries, k)
        distances.astype(numpy.float32).tofile(f'{folder}/{name}.{side}.distances')
        rows.astype(numpy.int32).tofile(f'{folder}/{name}.{side}.rows')
`;

const kinds: [string, Omit<BuildOptions, 'columns' | 'seed'>][] = [
  ['flat', { metric: 'l2' }],
  ['flat-ip', { metric: 'inner-product' }],
  ['ivf', { metric: 'l2', lists: 54 }],
  ['ivf-ip', { metric: 'inner-product', lists: 54 }],
  ['pq', { metric: 'l2', lists: 54, parts: 4 }],
];

const kernels = openKernels({ threads: 2 });
const folder = mkdtempSync(join(tmpdir(), 'rung-faiss-'));
const rows = points(count);
const queries = points(queryCount);

before(() => {
  for (const [name, options] of kinds)
    writeFileSync(
      join(folder, `${name}.ours`),
      encodeFaiss(buildIndex(kernels, rows, { ...options, columns, seed: 1 })),
    );
  writeFileSync(join(folder, 'base'), new Uint8Array(rows.buffer));
  writeFileSync(join(folder, 'queries'), new Uint8Array(queries.buffer));
  if ('bin' in environment)
    execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, folder, String(columns), String(k)]);
});
after(async () => {
  rmSync(folder, { recursive: true });
  await kernels.close();
});

for (const [name, { metric }] of kinds) {
  for (const side of ['ours', 'theirs'] as const) {
    test(`${name} written by ${side}: faiss finds the neighbors that we find`, { skip }, () => {
      const index = openIndex(kernels, decodeFaiss(read(`${name}.${side}`), name));
      const found = index.search(queries, k);
      const expected: Neighbors = {
        k,
        distances: new Float32Array(read(`${name}.${side}.distances`).buffer),
        rows: new Int32Array(read(`${name}.${side}.rows`).buffer),
      };
      let differing = 0;
      for (let i = 0; i < found.rows.length; i++) {
        const theirs = (metric === 'l2' ? 1 : -1) * (expected.distances[i] ?? Number.NaN);
        const ours = found.distances[i] ?? Number.NaN;
        assert.ok(Math.abs(ours - theirs) <= 1e-4 * Math.max(1, Math.abs(theirs)), `${i}: ${ours} against ${theirs}`);
        if (found.rows[i] !== expected.rows[i]) differing++;
      }
      // Codes of few bytes give many rows the same distance, and faiss keeps any of them.
      assert.ok(differing <= (name === 'pq' ? 0.05 : 0.002) * found.rows.length, `${differing} rows differ`);
      index.release();
    });
  }
}

test('our lists and codes find as many true neighbors as those of faiss', { skip }, () => {
  const truth = openIndex(kernels, { kind: 'flat', metric: 'l2', columns, rows }).search(queries, k).rows;
  for (const name of ['ivf', 'pq']) {
    const [ours, theirs] = (['ours', 'theirs'] as const).map((side) => {
      const { metric: _, ...content } = decodeFaiss(read(`${name}.${side}`), name);
      return recall(
        openIndex(kernels, { ...content, metric: 'l2', ...('probes' in content ? { probes: 8 } : {}) }).search(
          queries,
          k,
        ).rows,
        truth,
      );
    });
    assert.ok((ours ?? 0) >= (theirs ?? 1) - 0.02, `${name}: recall ${ours} against ${theirs}`);
  }
});

test('a damaged index is a client error that names the file', () => {
  const whole = read('ivf.ours');
  for (const length of [0, 3, 30, 200, whole.length - 1])
    assert.throws(() => decodeFaiss(whole.subarray(0, length), 'model_algo-1'), {
      name: 'ClientError',
      message: /model_algo-1/,
    });
});

test('rows of length one are near by their angle', () => {
  const unit = rows.slice();
  normalise(unit, columns);
  const index = openIndex(kernels, { kind: 'flat', metric: 'inner-product', columns, rows: unit });
  const { rows: nearest, distances } = index.search(unit.subarray(0, 20 * columns), 1);
  for (let i = 0; i < 20; i++) {
    assert.equal(nearest[i], i);
    assert.ok(Math.abs((distances[i] ?? 0) + 1) < 1e-5);
  }
  index.release();
});

function recall(found: Int32Array, truth: Int32Array): number {
  let hits = 0;
  for (let start = 0; start < truth.length; start += k) {
    const own = new Set(truth.subarray(start, start + k));
    for (const row of found.subarray(start, start + k)) if (own.has(row)) hits++;
  }
  return hits / truth.length;
}

function points(amount: number): Float32Array {
  const values: number[] = [];
  for (let i = 0; i < amount; i++)
    for (const center of centers[random.below(centers.length)] ?? []) values.push(center + random.normal());
  return Float32Array.from(values);
}

/** A copy, so that typed arrays may begin at its first byte. */
function read(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}
